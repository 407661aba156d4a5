// A look at a file in a worker. It has a time budget: a file that takes longer is judged by the
// service alone.

import { LineCheck } from "./line_check.mjs";
import { readLines } from "./read_lines.mjs";

const BUDGET_MS = 4_000;

self.onmessage = async ({ data: { file, rules } }) => {
  const check = new LineCheck(rules);
  const whole = await readLines(file, check, Date.now() + BUDGET_MS);
  const { lines, requests, errors, errorCount } = check;
  self.postMessage({ whole, lines, requests, errors, errorCount });
};
