// What stands in for the table while there is nothing in it.

import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { BASE_URL } from "./session.mjs";

const SAMPLE = ["Hello", "What is a batch?", "Bye"]
  .map((content, at) => ({
    custom_id: `request-${at + 1}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "my-model", messages: [{ role: "user", content }] },
  }))
  .map((request) => `${JSON.stringify(request)}\n`)
  .join("");

/** A small file that is valid on every deployment, whatever its request URLs are. */
export function sampleFile(urls) {
  const [url] = urls.includes("/v1/chat/completions") ? ["/v1/chat/completions"] : urls;
  return new File([SAMPLE.replaceAll("/v1/chat/completions", url)], "sample.jsonl", {
    type: "application/jsonl",
    lastModified: Date.now(),
  });
}

export function noFiles({ choose, sample }) {
  return h(
    "div",
    { class: "empty" },
    icon("file"),
    h("h2", {}, "No files yet"),
    h(
      "p",
      {},
      "A batch file has one request per line, as JSON. Drop one here, or try it with a sample of three requests.",
    ),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: "button primary", onclick: choose }, icon("upload"), "Choose files"),
      h("button", { class: "button", onclick: sample }, icon("file"), "Upload a sample file"),
    ),
    h(
      "pre",
      { class: "code", tabindex: "0", "aria-label": "The same with curl" },
      `curl ${BASE_URL}/files \\\n  -H "Authorization: Bearer $LINEGATE_API_KEY" \\\n  -F purpose=batch -F file=@requests.jsonl`,
    ),
  );
}

export function noMatch({ reset }) {
  return h(
    "div",
    { class: "empty" },
    icon("search"),
    h("h2", {}, "No loaded file matches"),
    h(
      "p",
      {},
      "The search and the status filter look at the files that are loaded. Load more, or clear them.",
    ),
    h(
      "div",
      { class: "buttons" },
      h("button", { class: "button", onclick: reset }, "Clear search and filter"),
    ),
  );
}

export function skeleton() {
  const row = () => h("tr", {}, h("td", {}, h("span", {})));
  return h(
    "table",
    { class: "files skeleton", role: "presentation", "aria-hidden": "true" },
    h("tbody", {}, row(), row(), row(), row()),
  );
}
