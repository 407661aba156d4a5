// Short messages at the edge of the page, read out by screen readers and gone by themselves.

import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

const SHOWN_MS = 6_000;

export function toast(text, kind = "info") {
  const close = h("button", { class: "icon-button", "aria-label": "Dismiss", onclick: () => shown.remove() }, icon("close"));
  const shown = h("div", { class: `toast ${kind}` }, icon(kind === "error" ? "alert" : "check"), h("p", {}, text), close);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), kind === "error" ? 2 * SHOWN_MS : SHOWN_MS);
}
