// A batch through the stock Node client, from its input to its results.
// Prints what it was answered, as JSON.
//
//   OPENAI_BASE_URL=… OPENAI_API_KEY=… node batch.js PATH

import { createReadStream } from "node:fs";
import { argv } from "node:process";
import OpenAI from "openai";

const ENDED = ["completed", "failed", "expired", "cancelled"];

const client = new OpenAI({ maxRetries: 0 });
const input = await client.files.create({ file: createReadStream(argv[2]), purpose: "batch" });
const created = await client.batches.create({
  input_file_id: input.id,
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
  metadata: { client: "node" },
});
let batch = created;
while (!ENDED.includes(batch.status)) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  batch = await client.batches.retrieve(batch.id);
}
const output = await (await client.files.content(batch.output_file_id)).text();
const listed = [];
for await (const each of client.batches.list({ limit: 1 })) listed.push(each.id);
const refused = await client.batches.cancel(batch.id).catch((error) => error.status);

console.log(JSON.stringify({ created, batch, output, listed, refused }));
