// A script like those of the SDK's users: node create_file.mjs MODE BASE_URL PATH [WAIT_S]
//
// MODE is `stream` or `blob`; the key is in LINEGATE_API_KEY, and the fetch in LINEGATE_MODULE. It
// prints one JSON object: the file, the seconds it took, and by how many bytes memory rose.

import { createReadStream, openAsBlob } from "node:fs";
import { basename } from "node:path";
import OpenAI from "openai";

const [mode, baseURL, path, wait = "60"] = process.argv.slice(2);
const { linegateFetch } = await import(process.env.LINEGATE_MODULE);
const fetch = linegateFetch({ waitSeconds: Number(wait) });
const apiKey = process.env.LINEGATE_API_KEY;
const client = new OpenAI({ baseURL, apiKey, fetch, maxRetries: 0 });

const before = process.memoryUsage.rss();
let peak = before;
const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10);
const began = performance.now();
const file = await client.files.create({
  file: mode === "stream" ? createReadStream(path) : new File([await openAsBlob(path)], basename(path)),
  purpose: "batch",
});
const seconds = (performance.now() - began) / 1_000;
clearInterval(watch);
console.log(JSON.stringify({ file, seconds, peak_bytes: peak - before }));
