// Uploads that the service holds parts of and this page is not sending: it was reloaded, or another
// program began them. The person picks the same file again, and only what is missing is sent.

const LOOKED_INTO = 10;
const PAGE = 100;
const ROUNDING_S = 1;

export class PendingUploads {
  constructor(api) {
    this.api = api;
    this.all = [];
  }

  /** Ask the service again; `held` of each is how many of its bytes are there. */
  async refresh() {
    const { data } = await this.api.uploads({ limit: PAGE, order: "desc" });
    const known = new Map(this.all.map((upload) => [upload.id, upload]));
    this.all = data.map((upload) => ({ held: known.get(upload.id)?.held ?? null, ...upload }));
  }

  /** Look into those that are shown. */
  async measure(uploads) {
    await Promise.all(
      uploads.slice(0, LOOKED_INTO).map(async (upload) => {
        try {
          const { multipart } = await this.api.upload(upload.id, { tries: 1 });
          if (multipart)
            upload.held = upload.bytes - multipart.parts.reduce((sum, part) => sum + part.bytes, 0);
        } catch {
          // It has ended since: the next refresh drops it.
        }
      }),
    );
  }

  drop(id) {
    this.all = this.all.filter((upload) => upload.id !== id);
  }
}

/** The upload that a picked file continues; a file that was changed since is another one. Pure. */
export function matching(file, uploads) {
  return uploads.find((upload) => isSame(file, upload)) ?? null;
}

export function isSame(file, { filename, bytes, created_at: began }) {
  return (
    file.name === filename && file.size === bytes && file.lastModified / 1_000 <= began + ROUNDING_S
  );
}
