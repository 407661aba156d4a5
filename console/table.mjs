// The table of files. Rows are kept and changed in place, so that focus and selection stay where
// they are while the list moves.

import { now } from "./clock.mjs";
import { fill, h, setText } from "./dom.mjs";
import { bytes, count, exact, relative } from "./format.mjs";
import { icon } from "./icons.mjs";
import { visible } from "./names.mjs";
import { badge } from "./status.mjs";

const COLUMNS = ["Name", "Status", "Size", "Lines", "Purpose", "Created", "Expires"];

export class FilesTable {
  /** `open`, `download` and `remove` take a file; `selected` is called on each change. */
  constructor({ open, download, remove, selected }) {
    this.actions = { open, download, remove };
    this.onSelected = selected;
    this.selection = new Set();
    this.rows = new Map();
    this.body = h("tbody", { role: "rowgroup" });
    this.all = h("input", {
      type: "checkbox",
      "aria-label": "Select all shown files",
      onchange: () => this.#selectAll(),
    });
    this.element = h(
      "table",
      { class: "files", role: "table", "aria-label": "Files" },
      h(
        "thead",
        { role: "rowgroup" },
        h(
          "tr",
          { role: "row" },
          h("th", { role: "columnheader", scope: "col", class: "select" }, this.all),
          COLUMNS.map((name) =>
            h("th", { role: "columnheader", scope: "col", class: name.toLowerCase() }, name),
          ),
          h(
            "th",
            { role: "columnheader", scope: "col", class: "actions" },
            h("span", { class: "visually-hidden" }, "Actions"),
          ),
        ),
      ),
      this.body,
    );
  }

  /** Show these files, in this order. */
  show(files) {
    const ids = new Set(files.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
      this.selection.delete(id);
    }
    files.forEach((file, at) => {
      let row = this.rows.get(file.id);
      if (!row) this.rows.set(file.id, (row = new Row(file, this)));
      row.update(file);
      if (this.body.children[at] !== row.element)
        this.body.insertBefore(row.element, this.body.children[at] ?? null);
    });
    this.#settle();
  }

  /** Let relative times move on; the ids of files that have expired since. */
  tick() {
    return [...this.rows.values()].filter((row) => row.tick()).map((row) => row.file.id);
  }

  select(id, chosen) {
    if (chosen) this.selection.add(id);
    else this.selection.delete(id);
    this.#settle();
  }

  clearSelection() {
    this.selection.clear();
    this.#settle();
  }

  get chosen() {
    return [...this.rows.values()]
      .map((row) => row.file)
      .filter(({ id }) => this.selection.has(id));
  }

  #selectAll() {
    for (const [id, row] of this.rows) if (this.all.checked && !row.expired) this.selection.add(id);
    if (!this.all.checked) this.selection.clear();
    this.#settle();
  }

  #settle() {
    for (const [id, row] of this.rows) row.choose(this.selection.has(id));
    this.all.checked = this.rows.size > 0 && this.selection.size === this.rows.size;
    this.all.indeterminate = this.selection.size > 0 && !this.all.checked;
    this.all.disabled = this.rows.size === 0;
    this.onSelected(this.chosen);
  }
}

class Row {
  constructor(file, table) {
    this.file = file;
    const { open, download, remove } = table.actions;
    const name = visible(file.filename);
    this.box = h("input", {
      type: "checkbox",
      "aria-label": `Select ${name}`,
      onchange: () => table.select(file.id, this.box.checked),
    });
    this.name = h(
      "button",
      { class: "name-button", onclick: () => open(this.file) },
      h("bdi", {}, name),
    );
    this.created = h("time", {});
    this.expires = h("time", {});
    this.download = h(
      "button",
      {
        class: "icon-button",
        "aria-label": `Download ${name}`,
        title: "Download",
        onclick: () => download(this.file),
      },
      icon("download"),
    );
    this.remove = h(
      "button",
      {
        class: "icon-button",
        "aria-label": `Delete ${name}`,
        title: "Delete",
        onclick: () => remove(this.file),
      },
      icon("trash"),
    );
    this.cells = {
      select: h("td", { role: "cell", class: "select" }, this.box),
      name: h(
        "td",
        { role: "cell", class: "name" },
        this.name,
        h("code", { class: "id" }, file.id),
      ),
      status: cell("Status", "status"),
      size: cell("Size", "size number"),
      lines: cell("Lines", "lines number"),
      purpose: cell("Purpose", "purpose"),
      created: cell("Created", "created", this.created),
      expires: cell("Expires", "expires", this.expires),
      actions: h(
        "td",
        { role: "cell", class: "actions" },
        h("div", {}, this.download, this.remove),
      ),
    };
    this.element = h("tr", { role: "row", "data-id": file.id }, Object.values(this.cells));
  }

  get expired() {
    return this.file.expires_at <= now();
  }

  update(file) {
    this.file = file;
    this.name.title = visible(file.filename);
    setText(this.cells.size, bytes(file.bytes));
    setText(this.cells.lines, file.line_count === null ? "–" : count(file.line_count));
    setText(this.cells.purpose, file.purpose);
    for (const [time, at] of [
      [this.created, file.created_at],
      [this.expires, file.expires_at],
    ]) {
      time.dateTime = new Date(at * 1_000).toISOString();
      time.title = exact(at);
    }
    this.tick();
  }

  /** Whether the file has expired. */
  tick() {
    const status = this.expired ? "expired" : this.file.status;
    if (this.status !== status) {
      this.status = status;
      fill(this.cells.status, badge(status));
      this.element.classList.toggle("over", this.expired);
      for (const control of [this.box, this.name, this.download, this.remove])
        control.disabled = this.expired;
    }
    this.cells.status.title = this.file.status_details ?? "";
    setText(this.created, relative(this.file.created_at, now()));
    setText(this.expires, this.expired ? "expired" : relative(this.file.expires_at, now()));
    return this.expired;
  }

  choose(chosen) {
    this.box.checked = chosen;
    this.element.classList.toggle("chosen", chosen);
  }
}

function cell(label, name, ...children) {
  return h("td", { role: "cell", class: name, "data-label": label }, ...children);
}
