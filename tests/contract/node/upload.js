// A few MiB through the stock Node client's uploads, the parts in parallel, and one cancelled.
// Prints what it was answered, as JSON.
//
//   OPENAI_BASE_URL=… OPENAI_API_KEY=… node upload.js PATH

import { open } from "node:fs/promises";
import { basename } from "node:path";
import { argv } from "node:process";
import OpenAI, { toFile } from "openai";

const PART_BYTES = 2 * 1024 * 1024;

const path = argv[2];
const client = new OpenAI({ maxRetries: 0 });

const file = await open(path);
const { size } = await file.stat();
const upload = await client.uploads.create({
  bytes: size,
  filename: basename(path),
  mime_type: "application/jsonl",
  purpose: "batch",
});

async function sendPart(start) {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES, start);
  const data = await toFile(buffer.subarray(0, bytesRead), "part");
  return client.uploads.parts.create(upload.id, { data });
}

const starts = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, n) => n * PART_BYTES);
const parts = await Promise.all(starts.map(sendPart));
await file.close();
const completed = await client.uploads.complete(upload.id, { part_ids: parts.map((p) => p.id) });
const checked = await client.files.waitForProcessing(completed.file.id, { pollInterval: 100 });

const cancelled = await client.uploads.create({
  bytes: 10,
  filename: "none.jsonl",
  mime_type: "application/jsonl",
  purpose: "batch",
});

console.log(
  JSON.stringify({
    created: upload.status,
    parts: parts.length,
    completed: completed.status,
    checked,
    cancelled: (await client.uploads.cancel(cancelled.id)).status,
  }),
);
