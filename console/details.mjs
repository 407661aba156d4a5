// One file, in a sheet: what is known of it, its errors, its first requests, and code for it.

import { copy } from "./clipboard.mjs";
import { now } from "./clock.mjs";
import { fill, h, setText } from "./dom.mjs";
import { showErrors } from "./errors_panel.mjs";
import { bytes, count, exact, relative } from "./format.mjs";
import { icon } from "./icons.mjs";
import { visible } from "./names.mjs";
import { showPreview } from "./preview_panel.mjs";
import { explain } from "./problem.mjs";
import { Sheet } from "./sheet.mjs";
import { fileSnippets } from "./snippets.mjs";
import { showSnippets } from "./snippets_panel.mjs";
import { badge } from "./status.mjs";

export class Details {
  /** `download`, `remove` and `start` (where there are batches) take the file; `closed` is called
   * when the sheet goes. */
  constructor({ api, file, download, remove, start, closed }) {
    Object.assign(this, { api, file });
    this.buttons = [
      h(
        "button",
        { class: "button", onclick: () => download(this.file) },
        icon("download"),
        "Download",
      ),
      h(
        "button",
        { class: "button", onclick: () => copy(this.file.id, "the id") },
        icon("copy"),
        "Copy id",
      ),
      h(
        "button",
        { class: "button danger-quiet", onclick: () => remove(this.file) },
        icon("trash"),
        "Delete",
      ),
    ];
    if (start && file.purpose === "batch" && file.status === "processed") {
      this.buttons.push(
        h(
          "button",
          { class: "button primary", onclick: () => start(this.file) },
          icon("stack"),
          "Start a batch",
        ),
      );
    }
    const tabs = [
      { name: "Overview", show: (panel) => this.#overview(panel) },
      ...(file.status === "error"
        ? [{ name: "Errors", show: (panel, signal) => this.#errors(panel, signal) }]
        : []),
      {
        name: file.purpose === "batch" ? "Requests" : "Lines",
        show: (panel, signal) => showPreview(panel, signal, api, this.file),
      },
      { name: "Code", show: (panel) => showSnippets(panel, fileSnippets(api.baseUrl, this.file)) },
    ];
    this.sheet = new Sheet({
      title: visible(file.filename),
      sub: this.#sub(),
      actions: this.buttons,
      tabs,
      closed,
    });
    if (file.status === "error") this.sheet.choose("Errors");
    this.tick();
  }

  close() {
    this.sheet.close();
  }

  /** The file as it is now, where it has changed. */
  update(file) {
    const changed = file.status !== this.file.status;
    this.file = file;
    if (!changed) return;
    fill(this.sheet.sub, this.#sub());
    if (this.sheet.chosen === "Overview") this.sheet.choose("Overview");
  }

  tick() {
    const over = this.file.expires_at <= now();
    if (over && !this.over) {
      this.over = true;
      for (const button of this.buttons.toSpliced(1, 1)) button.disabled = true; // its id can still be copied
      fill(this.sheet.sub, this.#sub());
      fill(
        this.sheet.panel,
        h(
          "p",
          { class: "note", role: "alert" },
          icon("clock"),
          h("span", {}, "This file has expired. It can no longer be retrieved."),
        ),
      );
    }
    if (this.expires) setText(this.expires, relative(this.file.expires_at, now()));
  }

  #sub() {
    return [badge(this.over ? "expired" : this.file.status), h("code", {}, this.file.id)];
  }

  #overview(panel) {
    const { file } = this;
    this.expires = h("span", {});
    const rows = [
      ["Size", `${bytes(file.bytes)} (${count(file.bytes)} bytes)`],
      [
        "Lines",
        file.line_count === null
          ? "Not known yet"
          : `${count(file.line_count)} ${file.purpose === "batch" ? "requests" : "lines"}`,
      ],
      ["Purpose", file.purpose],
      ["Created", exact(file.created_at)],
      ["Expires", h("span", {}, exact(file.expires_at), ", ", this.expires)],
      ["SHA-256", file.sha256 ? h("code", {}, file.sha256) : "Not known yet"],
    ];
    fill(
      panel,
      h(
        "dl",
        { class: "facts" },
        rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
      ),
      file.status_details &&
        h(
          "p",
          { class: `note${file.status === "error" ? " bad" : ""}` },
          icon("alert"),
          h("span", {}, visible(file.status_details)),
        ),
    );
    this.tick();
  }

  async #errors(panel, signal) {
    fill(panel, h("p", { class: "loading", role: "status" }, "Loading the errors…"));
    try {
      const report = await this.api.validation(this.file.id, { signal });
      const { error_count: total, requests } = report;
      showErrors(panel, {
        errors: report.errors.data,
        total,
        name: this.file.id,
        found: `in ${count(requests)} requests`,
      });
    } catch (problem) {
      if (!signal.aborted)
        fill(panel, h("p", { class: "note bad", role: "alert" }, explain(problem)));
    }
  }
}
