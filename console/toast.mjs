// Short messages at the edge of the page, read out by screen readers and gone by themselves.

import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

const SHOWN_MS = 6_000;

export function toast(text, kind = "info") {
  const close = h(
    "button",
    { class: "icon-button", "aria-label": "Dismiss", onclick: () => shown.remove() },
    icon("close"),
  );
  const shown = h(
    "div",
    { class: `toast ${kind}` },
    icon(kind === "error" ? "alert" : "check"),
    h("p", {}, text),
    close,
  );
  const place = document.getElementById("toasts");
  const host = [...document.querySelectorAll("dialog[open]")].at(-1) ?? document.body;
  if (place.parentElement !== host) host.append(place);
  place.append(shown);
  setTimeout(() => shown.remove(), kind === "error" ? 2 * SHOWN_MS : SHOWN_MS);
}

/** Remove a dialog that was closed, but not the messages that were shown inside it: all else is
 * inert while a dialog is open. */
export function removeDialog(dialog) {
  const place = document.getElementById("toasts");
  if (dialog.contains(place)) document.body.append(place);
  dialog.remove();
}
