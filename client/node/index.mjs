// A fetch for openai-node that sends files of any size to Linegate:
//
//     new OpenAI({ baseURL, apiKey, fetch: linegateFetch() })

import { readForm } from "./form.mjs";
import { Upload, UploadFailed } from "./upload.mjs";

const DIRECT_BYTES = 4 * 1024 * 1024;
const OF_THE_BODY = ["content-length", "content-type", "transfer-encoding"];
const KEPT = ["x-request-id", "retry-after"];

export function linegateFetch({
  fetch = globalThis.fetch,
  onProgress,
  waitSeconds = 60,
  parallel = 3,
  directBytes = DIRECT_BYTES,
} = {}) {
  const options = { onProgress, waitSeconds, parallel };
  const begun = new WeakMap();

  return async function linegate(input, init) {
    const url = filesUrl(input, init);
    const headers = new Headers(init?.headers);
    const form = url && (await readForm(init.body, headers.get("content-type")));
    if (!form) return fetch(input, init);
    try {
      for (const name of OF_THE_BODY) headers.delete(name);
      if (form.file.size <= directBytes) {
        const response = await fetch(input, { ...init, headers, body: direct(form, init.body) });
        if (response.status !== 413) return response;
        await response.body?.cancel();
      }
      const { signal } = init;
      const upload = new Upload({ fetch, filesUrl: url, headers, signal, form, begun, options });
      return responseOf(await upload.store());
    } catch (error) {
      if (!(error instanceof UploadFailed)) throw error;
      const shape = { message: error.message, type: "api_error", param: null, code: "upload_failed" };
      return responseOf({ status: 502, headers: new Headers(), json: { error: shape, ...shape } });
    } finally {
      await form.close();
    }
  };
}

/** Where files are, if this is a request to store one. */
function filesUrl(input, init) {
  if (init?.method?.toUpperCase() !== "POST" || !init.body || input instanceof Request) return null;
  const url = new URL(input);
  const path = url.pathname.replace(/\/+$/, "");
  return path.endsWith("/files") ? url.origin + path : null;
}

/** The body as it came, or a stream that has been read, once more. */
function direct(form, body) {
  if (body instanceof FormData) return body;
  const again = new FormData();
  for (const [name, value] of Object.entries(form.fields)) again.append(name, value);
  again.append("file", form.file, form.filename);
  return again;
}

function responseOf({ status, headers, json }) {
  const kept = KEPT.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]);
  return Response.json(json, { status, headers: kept });
}
