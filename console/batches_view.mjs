// The Batches page: what is being answered, how far it is, and where the results are.

import { now } from "./clock.mjs";
import { fill, h, setText } from "./dom.mjs";
import { FileList } from "./file_list.mjs";
import { count, counted, exact, relative } from "./format.mjs";
import { icon } from "./icons.mjs";
import { visible } from "./names.mjs";
import { explain } from "./problem.mjs";
import { toast } from "./toast.mjs";

const SOON_MS = 3_000;

const STATUSES = {
  validating: ["Validating", "clock", "waiting"],
  in_progress: ["In progress", "clock", "waiting"],
  finalizing: ["Finalizing", "clock", "waiting"],
  cancelling: ["Cancelling", "clock", "waiting"],
  completed: ["Completed", "check", "good"],
  failed: ["Failed", "alert", "bad"],
  expired: ["Expired", "clock", "over"],
  cancelled: ["Cancelled", "close", "over"],
};
const CAN_CANCEL = new Set(["validating", "in_progress"]);

export class BatchesView {
  /** `isShown` tells whether the person looks at this view. */
  constructor(api, isShown) {
    Object.assign(this, { api, isShown });
    this.list = new FileList((query) => api.batches(query));
    this.rows = new Map();
    this.rowsElement = h("ul", {});
    this.place = h("div", {});
    this.shown = h("p", { class: "shown", role: "status" }, "Loading…");
    this.more = h(
      "button",
      { class: "button", hidden: true, onclick: () => this.#load(() => this.list.more()) },
      "Load more",
    );
    this.element = h(
      "section",
      { "aria-label": "Batches" },
      h(
        "div",
        { class: "title" },
        h("h1", {}, "Batches"),
        h("button", { class: "button", onclick: () => this.refresh() }, icon("refresh"), "Refresh"),
      ),
      h("div", { class: "card batches" }, this.rowsElement, this.place),
      h("div", { class: "foot" }, this.shown, this.more),
    );
    this.timer = setInterval(() => this.#tick(), SOON_MS);
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
  }

  refresh() {
    return this.#load(() => (this.list.loaded ? this.list.refresh() : this.list.restart()));
  }

  #tick() {
    const open = this.list.files.some(({ status }) => STATUSES[status]?.[2] === "waiting");
    if (open && this.isShown() && !document.hidden) this.refresh();
  }

  async #load(load) {
    try {
      await load();
      if (!this.closed) this.#render();
    } catch (problem) {
      if (![0, 401].includes(problem.status)) toast(explain(problem), "error");
    }
  }

  #render() {
    const { files: batches } = this.list;
    const ids = new Set(batches.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue;
      row.element.remove();
      this.rows.delete(id);
    }
    batches.forEach((batch, at) => {
      let row = this.rows.get(batch.id);
      if (!row) this.rows.set(batch.id, (row = new Row((id) => this.#cancel(id))));
      row.update(batch);
      if (this.rowsElement.children[at] !== row.element)
        this.rowsElement.insertBefore(row.element, this.rowsElement.children[at] ?? null);
    });
    fill(
      this.place,
      !batches.length &&
        h(
          "div",
          { class: "empty" },
          icon("stack"),
          h("h2", {}, "No batches yet"),
          h(
            "p",
            {},
            "Open a valid file and choose Start a batch: each of its requests is answered, and the results become files.",
          ),
        ),
    );
    this.more.hidden = !this.list.hasMore;
    setText(
      this.shown,
      this.list.hasMore
        ? `${count(batches.length)} batches loaded, and there are more`
        : batchesText(batches.length),
    );
  }

  async #cancel(id) {
    try {
      await this.api.cancelBatch(id);
      toast("Cancelling. Results received so far are delivered.");
    } catch (problem) {
      toast(explain(problem), "error");
    }
    await this.refresh();
  }
}

const batchesText = (number) => `${count(number)} ${number === 1 ? "batch" : "batches"}`;

class Row {
  constructor(cancel) {
    const open = (symbol, label, id) =>
      h(
        "button",
        { class: "button small", onclick: () => (location.hash = id()) },
        icon(symbol),
        label,
      );
    this.status = h("div", { class: "status" });
    this.model = h("span", {});
    this.id = h("code", { class: "id" });
    this.counts = h("p", { class: "counts" });
    this.fill = h("div", { class: "bar-fill" });
    this.bar = h(
      "div",
      { class: "bar", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": "100" },
      this.fill,
    );
    this.input = open("file", "Input", () => this.batch.input_file_id);
    this.output = open("check", "Results", () => this.batch.output_file_id);
    this.errors = open("alert", "Failed requests", () => this.batch.error_file_id);
    this.cancel = h(
      "button",
      { class: "button small quiet", onclick: () => cancel(this.batch.id) },
      icon("close"),
      "Cancel",
    );
    this.element = h(
      "li",
      { class: "batch" },
      h("div", { class: "what" }, h("h2", {}, this.model), this.id),
      this.status,
      h("div", { class: "progress" }, this.counts, this.bar),
      h("div", { class: "buttons" }, this.input, this.output, this.errors, this.cancel),
    );
  }

  update(batch) {
    const {
      status,
      request_counts: { total, completed, failed },
      id,
    } = batch;
    const [label, symbol, kind] = STATUSES[status] ?? [status, "clock", "over"];
    if (this.batch?.status !== status)
      fill(this.status, h("span", { class: `badge ${kind}` }, icon(symbol), label));
    this.batch = batch;
    const percent = total ? Math.floor(((completed + failed) / total) * 100) : 0;
    setText(
      this.model,
      batch.model === null ? batch.endpoint : `${visible(batch.model)} · ${batch.endpoint}`,
    );
    setText(this.id, id);
    this.element.title = `Created ${exact(batch.created_at)}`;
    const refused = failed ? `, ${count(failed)} failed` : "";
    const answered = total
      ? `${count(completed + failed)} of ${counted(total, "request")}${refused}`
      : "Reading the input";
    const [reason] = batch.errors?.data ?? [];
    setText(
      this.counts,
      reason ? visible(reason.message) : `${answered} · ${relative(batch.created_at, now())}`,
    );
    this.fill.style.width = `${percent}%`;
    this.bar.setAttribute("aria-valuenow", percent);
    this.bar.setAttribute("aria-label", `Requests answered of ${id}`);
    for (const [button, what] of [
      [this.input, "Input"],
      [this.output, "Results"],
      [this.errors, "Failed requests"],
      [this.cancel, "Cancel"],
    ]) {
      button.setAttribute("aria-label", `${what} of ${id}`);
    }
    this.output.hidden = !batch.output_file_id;
    this.errors.hidden = !batch.error_file_id;
    this.cancel.hidden = !CAN_CANCEL.has(status);
  }
}
