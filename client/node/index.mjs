// The package for Node: a fetch for openai-node that sends files of any size to Linegate,
//
//     new OpenAI({ baseURL, apiKey, fetch: linegateFetch() })
//
// and the same upload without an SDK.

import { makeClient } from "./client.mjs";
import { sendByFetch } from "./requests.mjs";
import { readStream } from "./streamed_form.mjs";

export { LinegateError } from "./errors.mjs";
export const { linegateFetch, upload, resume, cancel } = makeClient({ send, readStream });

/** Node's own fetch keeps the length of a stream whose length is given; other fetches need not. */
const COUNTS = !process.versions.bun && !process.versions.deno;

const PIECE_BYTES = 64 * 1024;

function send(fetch, url, init, onSent) {
  const counts = onSent && COUNTS && fetch === globalThis.fetch && init.body instanceof Blob;
  return sendByFetch(fetch, url, counts ? counting(init, onSent) : init);
}

function counting(init, onSent) {
  const headers = new Headers(init.headers);
  headers.set("content-length", String(init.body.size));
  return { ...init, headers, body: ReadableStream.from(counted(init.body, onSent)), duplex: "half" };
}

async function* counted(blob, onSent) {
  let sent = 0;
  for await (const chunk of blob.stream()) {
    for (let at = 0; at < chunk.byteLength; at += PIECE_BYTES) {
      yield chunk.subarray(at, at + PIECE_BYTES);
      sent += Math.min(PIECE_BYTES, chunk.byteLength - at);
      onSent(sent);
    }
  }
}
