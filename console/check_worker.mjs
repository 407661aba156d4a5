// Reads a file in a worker, line by line, and reports what LineCheck finds. It has a time budget: a
// file that takes longer is judged by the service alone.

import { LineCheck } from "./line_check.mjs";

const BUDGET_MS = 4_000;
const LF = 10;

self.onmessage = async ({ data: { file, rules } }) => {
  const check = new LineCheck(rules);
  const whole = await read(file, check, Date.now() + BUDGET_MS);
  if (whole) check.end();
  const { lines, requests, errors, errorCount } = check;
  self.postMessage({ whole, lines, requests, errors, errorCount });
};

/** Whether it was read to its end. */
async function read(file, check, endsAt) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const judge = (bytes) => {
    let text;
    try {
      text = decoder.decode(bytes);
    } catch {
      return check.undecodable();
    }
    if (text.startsWith("\ufeff") && check.lines === 0) return check.undecodable();
    return check.line(text, bytes.length);
  };
  let rest = new Uint8Array();
  for await (const chunk of chunks(file)) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      judge(joined(rest, chunk.subarray(from, at)));
      rest = new Uint8Array();
      from = at + 1;
      if (check.ended) return true;
    }
    if (rest.length <= check.rules.max_line_bytes) rest = joined(rest, chunk.subarray(from));
    if (Date.now() > endsAt) return false;
  }
  if (rest.length) judge(rest);
  return true;
}

async function* chunks(file) {
  const reader = file.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

function joined(head, tail) {
  if (!head.length) return tail;
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
