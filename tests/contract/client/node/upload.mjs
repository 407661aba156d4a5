// Upload, pause within the second part, resume: node upload.mjs BASE_URL PATH
//
// The key is in LINEGATE_API_KEY. It prints one JSON object.

import { openAsBlob } from "node:fs";
import { resume, upload } from "linegate";

const [baseURL, path] = process.argv.slice(2);
const file = new File([await openAsBlob(path)], "größe.jsonl");
const access = { baseURL, apiKey: process.env.LINEGATE_API_KEY };

const pause = new AbortController();
let id;
let sent = 0;
let reason;
try {
  await upload(file, {
    ...access,
    parallel: 1,
    signal: pause.signal,
    onBegin: (begun) => (id = begun.id),
    onProgress: ({ sentBytes }) => {
      sent = sentBytes;
      if (sentBytes > file.size * 0.9) pause.abort();
    },
  });
} catch (error) {
  reason = error.name;
}

const seen = [];
const stored = await resume(id, file, { ...access, onProgress: (progress) => seen.push(progress) });
const [{ heldBytes }] = seen;
console.log(JSON.stringify({ reason, sent, heldBytes, calls: seen.length, last: seen.at(-1), stored }));
