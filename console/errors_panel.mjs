// The errors of a file's lines: how many there are, and the first of them, to copy and to save.

import { copy } from "./clipboard.mjs";
import { fill, h } from "./dom.mjs";
import { count, counted } from "./format.mjs";
import { icon } from "./icons.mjs";
import { visible } from "./names.mjs";
import { saveText } from "./save.mjs";

/** `errors`: { line, code, param, message }, the first of `total`. */
export function showErrors(panel, { errors, total, name, found }) {
  const listed = errors.length < total ? ` The first ${count(errors.length)} are listed.` : "";
  const text = asText(errors);
  fill(
    panel,
    h(
      "div",
      { class: "panel-head" },
      h("p", {}, h("strong", {}, counted(total, "error")), ` ${found}.${listed}`),
      h(
        "button",
        { class: "button small", onclick: () => copy(text, counted(errors.length, "error")) },
        icon("copy"),
        "Copy",
      ),
      h(
        "button",
        { class: "button small", onclick: () => saveText(text, `${name}.errors.tsv`) },
        icon("download"),
        "Save",
      ),
    ),
    h("ul", { class: "errors" }, errors.map(item)),
  );
}

function item({ line, code, param, message }) {
  return h(
    "li",
    {},
    h(
      "div",
      { class: "where" },
      h("span", { class: "line" }, line === null ? "Whole file" : `Line ${count(line)}`),
      h("code", {}, code),
      param && h("span", { class: "param" }, param),
    ),
    h("p", {}, visible(message)),
  );
}

/** One line for each error, its fields between tabs. Pure. */
export function asText(errors) {
  const rows = errors.map(({ line, code, param, message }) => [
    line ?? "",
    code,
    param ?? "",
    message,
  ]);
  return [["line", "code", "param", "message"], ...rows]
    .map((row) => row.map((value) => String(value).replace(/[\t\r\n]+/g, " ")).join("\t"))
    .join("\n")
    .concat("\n");
}
