// The form of `POST /files`, as an SDK gives it to fetch.

/**
 * The file, its name, the other fields, and what to do when all is over; null where the body is no
 * form with one file. `readStream` reads a form that comes as a stream of bytes.
 */
export async function readForm(body, contentType, readStream) {
  if (body instanceof FormData) {
    const file = body.get("file");
    if (!(file instanceof Blob)) return null;
    const fields = Object.fromEntries([...body].filter(([, value]) => typeof value === "string"));
    return { file, filename: file.name || "upload", fields, key: file, close: async () => {} };
  }
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(contentType ?? "")?.[1];
  if (!boundary || typeof body?.getReader !== "function" || !readStream) return null;
  return readStream(body, boundary);
}

/** The same form again. */
export function makeForm({ file, filename, fields }) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file, filename);
  return form;
}
