// As a CommonJS program has it: node required.cjs BASE_URL PATH. It prints the file.

const { openAsBlob } = require("node:fs");
const { LinegateError, linegateFetch, upload } = require("linegate");

async function main(baseURL, path) {
  const access = { baseURL, apiKey: process.env.LINEGATE_API_KEY };
  const file = new File([await openAsBlob(path)], "required.jsonl");
  const stored = await upload(file, access);
  const refused = await upload(new File(["{}"], "bad.jsonl"), access).catch((error) => error);
  const typed = refused instanceof LinegateError && [refused.status, refused.errors[0].line];
  const headers = { authorization: `Bearer ${access.apiKey}` };
  const seen = await linegateFetch()(`${baseURL}/files/${stored.id}`, { headers });
  console.log(JSON.stringify({ stored, typed, seen: await seen.json() }));
}

main(...process.argv.slice(2));
