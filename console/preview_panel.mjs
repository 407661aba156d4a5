// The first lines of a file, from a range of its bytes.

import { fill, h } from "./dom.mjs";
import { bytes, count, counted } from "./format.mjs";
import { visible, visibleText } from "./names.mjs";
import { explain, Problem, problemOf } from "./problem.mjs";

const RANGE = 128 * 1024;
const LINES = 10;

export async function showPreview(panel, signal, api, file) {
  fill(panel, h("p", { class: "loading", role: "status" }, "Loading the first lines…"));
  try {
    const text = await firstBytes(api, file, signal);
    const lines = firstLines(text, file.bytes > RANGE);
    const noun = file.purpose === "batch" ? "request" : "line";
    const all = lines.length < LINES && file.bytes <= RANGE;
    const shown = all
      ? `All ${counted(lines.length, noun)} of this file.`
      : `The first ${counted(lines.length, noun)}` +
        (file.line_count === null ? "." : ` of ${count(file.line_count)}.`);
    if (!lines.length)
      return void fill(
        panel,
        h("p", {}, `The first line is longer than ${bytes(RANGE)}: download the file to see it.`),
      );
    fill(
      panel,
      h("div", { class: "panel-head" }, h("p", {}, shown)),
      h("div", { class: "preview" }, lines.map(item)),
    );
  } catch (problem) {
    if (!signal.aborted)
      fill(panel, h("p", { class: "note bad", role: "alert" }, explain(problem)));
  }
}

export async function firstBytes(api, file, signal) {
  const { location } = await api.location(file.id, { signal });
  let response;
  try {
    response = await fetch(location, {
      headers: { range: `bytes=0-${RANGE - 1}` },
      signal,
      cache: "no-store",
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem({});
  }
  if (!response.ok) throw await problemOf(response);
  return new TextDecoder().decode(await response.arrayBuffer());
}

/** Numbered lines that hold something; the last one only where the file ends with it. Pure. */
export function firstLines(text, cut) {
  const lines = text.split("\n").map((line, at) => ({ number: at + 1, text: line.trimEnd() }));
  if (cut) lines.pop();
  return lines.filter((line) => line.text.trim()).slice(0, LINES);
}

function item({ number, text }, at) {
  return h(
    "details",
    { open: at === 0 },
    h(
      "summary",
      {},
      h("span", { class: "line" }, count(number)),
      h("bdi", { class: "text" }, visible(summaryOf(text))),
    ),
    h("pre", { tabindex: "0", "aria-label": `Line ${number}` }, visibleText(pretty(text))),
  );
}

function summaryOf(text) {
  try {
    const { custom_id: id, body } = JSON.parse(text);
    return (
      [id, body?.model].filter((value) => typeof value === "string").join(" · ") ||
      text.slice(0, 200)
    );
  } catch {
    return text.slice(0, 200);
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
