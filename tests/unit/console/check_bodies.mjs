// Check each of the bodies on standard input (JSON: { body, rules }, in base64) as the page does.

import { text } from "node:stream/consumers";
import { LineCheck } from "../../../console/line_check.mjs";
import { readLines } from "../../../console/read_lines.mjs";

const found = [];
for (const { body, rules } of JSON.parse(await text(process.stdin))) {
  const check = new LineCheck(rules);
  await readLines(new Blob([Buffer.from(body, "base64")]), check, Infinity);
  found.push({ requests: check.requests, errorCount: check.errorCount, errors: check.errors });
}
console.log(JSON.stringify(found));
