// Where files come in: dropped anywhere on the page, or picked.

import { h } from "./dom.mjs";
import { bytes, duration } from "./format.mjs";
import { icon } from "./icons.mjs";

const LIFETIMES_S = [3_600, 86_400, 7 * 86_400, 30 * 86_400];

export class DropZone {
  /** `take` gets a list of files. */
  constructor({ limits, take }) {
    this.take = take;
    this.input = h("input", {
      type: "file",
      multiple: true,
      hidden: true,
      "aria-label": "Files to upload",
      onchange: () => {
        const files = [...this.input.files];
        this.input.value = ""; // so that the same file can be picked again
        take(files);
      },
    });
    const { min, max, default: usual } = limits.retention_seconds;
    const lifetimes = LIFETIMES_S.filter(
      (seconds) => seconds >= min && seconds <= max && seconds !== usual,
    );
    this.lifetime = h(
      "select",
      { "aria-label": "Delete after" },
      h("option", { value: "" }, `Delete after ${duration(usual)}`),
      lifetimes.map((seconds) =>
        h("option", { value: seconds }, `Delete after ${duration(seconds)}`),
      ),
    );
    const purposes = limits.purposes.filter(({ writable }) => writable).map(({ name }) => name);
    this.purpose = h(
      "select",
      { "aria-label": "Purpose of new files", hidden: purposes.length < 2 },
      purposes.map((name) => h("option", { value: name }, name)),
    );
    this.element = h(
      "div",
      { class: "drop" },
      icon("upload"),
      h(
        "p",
        {},
        h("strong", {}, "Drop files anywhere"),
        " or ",
        h("button", { class: "link-button", onclick: () => this.choose() }, "choose them"),
        h("span", {}, ` · JSONL, up to ${bytes(limits.max_file_bytes)} each`),
      ),
      this.purpose,
      this.lifetime,
      this.input,
    );
    for (const name of ["dragenter", "dragover", "dragleave", "drop"])
      addEventListener(name, this.#drag);
  }

  choose() {
    this.input.click();
  }

  get options() {
    return {
      purpose: this.purpose.value,
      expiresAfter: this.lifetime.value ? Number(this.lifetime.value) : undefined,
    };
  }

  close() {
    for (const name of ["dragenter", "dragover", "dragleave", "drop"])
      removeEventListener(name, this.#drag);
  }

  #drag = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const leaves =
      event.type === "drop" || (event.type === "dragleave" && event.relatedTarget === null);
    document.body.classList.toggle("dragging", !leaves);
    if (event.type === "drop") this.take([...event.dataTransfer.files]);
  };
}
