// Saving on this machine: what is at a link of the storage's, or a text that the page has made.

import { h } from "./dom.mjs";
import { explain } from "./problem.mjs";
import { toast } from "./toast.mjs";

/** Fetch a link for this one click, and let the browser follow it: the storage names the file. */
export async function download(api, file) {
  try {
    const { location } = await api.location(file.id);
    follow(location);
  } catch (problem) {
    toast(explain(problem), "error");
  }
}

export function saveText(text, name) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  follow(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function follow(url, name = "") {
  const link = h("a", { href: url, download: name, rel: "noreferrer" });
  document.body.append(link);
  link.click();
  link.remove();
}
