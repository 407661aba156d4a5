// Snippets, with one choice of language for all of them, kept while the page is open.

import { copy } from "./clipboard.mjs";
import { fill, h, newId } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { LANGUAGES } from "./snippets.mjs";

let language = LANGUAGES[0];

export function showSnippets(panel, snippets) {
  const name = newId("language");
  const list = h("div", {});
  const show = () => fill(list, snippets.map(element));
  const choices = LANGUAGES.map((each) =>
    h(
      "label",
      {},
      h("input", {
        type: "radio",
        name,
        value: each,
        checked: each === language,
        onchange: () => {
          language = each;
          show();
        },
      }),
      h("span", {}, each),
    ),
  );
  fill(
    panel,
    h(
      "fieldset",
      { class: "languages" },
      h("legend", { class: "visually-hidden" }, "Language"),
      choices,
    ),
    h(
      "p",
      { class: "hint before" },
      "Each reads your API key from ",
      h("code", {}, "LINEGATE_API_KEY"),
      ".",
    ),
    list,
  );
  show();
}

function element(snippet) {
  const text = snippet[language];
  return h(
    "section",
    { class: "snippet" },
    h(
      "header",
      {},
      h("h3", {}, snippet.title),
      h(
        "button",
        {
          class: "button small quiet",
          "aria-label": `Copy: ${snippet.title}`,
          onclick: () => copy(text, "the code"),
        },
        icon("copy"),
        "Copy",
      ),
    ),
    h("pre", { class: "code", tabindex: "0", "aria-label": `${snippet.title}, ${language}` }, text),
  );
}
