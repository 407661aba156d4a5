// What of the list is shown: the service orders and filters by purpose, the page does the rest
// within what is loaded, and says so.

import { h, newId } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { STATUSES } from "./status.mjs";

export class Toolbar {
  /** `asked` is called when the list must begin again, `narrowed` when what is loaded suffices. */
  constructor({ purposes, asked, narrowed, refresh }) {
    this.search = h("input", {
      type: "search",
      id: newId("search"),
      placeholder: "Search loaded files",
      "aria-label": "Search the loaded files by name or id",
      autocomplete: "off",
      spellcheck: "false",
      oninput: narrowed,
    });
    this.purpose = select(
      "Purpose",
      [["", "All purposes"], ...purposes.map((name) => [name, name])],
      asked,
    );
    this.status = select(
      "Status",
      [
        ["", "All statuses"],
        ...["uploaded", "processed", "error"].map((name) => [name, STATUSES[name].label]),
      ],
      narrowed,
    );
    this.order = select(
      "Order",
      [
        ["desc", "Newest first"],
        ["asc", "Oldest first"],
      ],
      asked,
    );
    this.refresh = h(
      "button",
      { class: "icon-button", "aria-label": "Refresh", title: "Refresh", onclick: refresh },
      icon("refresh"),
    );
    this.element = h(
      "div",
      { class: "toolbar", role: "search", "aria-label": "Files shown" },
      h("div", { class: "field" }, icon("search"), this.search),
      h("span", { class: "space" }),
      this.status,
      purposes.length > 1 && this.purpose,
      this.order,
      this.refresh,
    );
  }

  /** Of these files, those that the search and the status leave. */
  apply(files) {
    const words = this.search.value.trim().toLowerCase();
    return files.filter(
      (file) =>
        (!this.status.value || file.status === this.status.value) &&
        (!words ||
          file.filename.toLowerCase().includes(words) ||
          file.id.toLowerCase().includes(words)),
    );
  }

  get narrows() {
    return Boolean(this.search.value.trim() || this.status.value);
  }

  reset() {
    this.search.value = "";
    this.status.value = "";
  }
}

function select(label, choices, changed) {
  return h(
    "select",
    { "aria-label": label, onchange: changed },
    choices.map(([value, text]) => h("option", { value }, text)),
  );
}
