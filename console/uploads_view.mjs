// The uploads card: what this page sends, and what waits for its file to be picked again.

import { now } from "./clock.mjs";
import { h, setText } from "./dom.mjs";
import { bytes, counted, relative } from "./format.mjs";
import { icon } from "./icons.mjs";
import { visible } from "./names.mjs";

export class UploadsView {
  /** `actions`: showErrors, resume (with a picked file) and discard; the rest the queue does. */
  constructor(queue, actions) {
    Object.assign(this, { queue, actions });
    this.rows = new Map();
    this.pendingRows = new Map();
    this.list = h("ul", {});
    this.pendingList = h("ul", {});
    this.clear = h(
      "button",
      { class: "button small quiet", onclick: () => queue.removeEnded() },
      "Clear finished",
    );
    this.element = h(
      "section",
      { class: "card uploads", "aria-label": "Uploads", hidden: true },
      h("header", {}, h("h2", {}, "Uploads"), this.clear),
      this.list,
      this.pendingList,
    );
  }

  /** Show the queue, and the pending uploads that no item of it sends. */
  show(pending) {
    const { items } = this.queue;
    keep(this.rows, this.list, items, (item) => new ItemRow(item, this.queue, this.actions));
    keep(
      this.pendingRows,
      this.pendingList,
      pending,
      (upload) => new PendingRow(upload, this.actions),
    );
    this.clear.hidden = !items.some(({ ended }) => ended);
    this.element.hidden = !items.length && !pending.length;
  }
}

/** One row for each of `things`, in their order; those that stay are updated in place. */
function keep(rows, list, things, make) {
  const keys = new Set(things.map(key));
  for (const [known, row] of rows) {
    if (keys.has(known)) continue;
    row.element.remove();
    rows.delete(known);
  }
  things.forEach((thing, at) => {
    let row = rows.get(key(thing));
    if (!row) rows.set(key(thing), (row = make(thing)));
    row.update(thing);
    if (list.children[at] !== row.element)
      list.insertBefore(row.element, list.children[at] ?? null);
  });
}

const key = (thing) => (thing.file ? thing : thing.id);

class ItemRow {
  constructor(item, queue, actions) {
    const name = visible(item.name);
    const button = (label, symbol, act) =>
      h(
        "button",
        { class: "button small quiet", "aria-label": `${label} ${name}`, onclick: act },
        icon(symbol),
        label,
      );
    this.buttons = {
      pause: button("Pause", "pause", () => item.pause()),
      resume: button("Resume", "play", () => queue.proceed(item)),
      anyway: button("Upload anyway", "upload", () => queue.proceed(item)),
      retry: button("Retry", "retry", () => queue.proceed(item)),
      errors: button("Show errors", "alert", () => actions.showErrors(item)),
      cancel: button("Cancel", "close", () => item.cancel()),
      dismiss: button("Dismiss", "close", () => queue.remove(item)),
    };
    this.state = h("p", { class: "state" });
    this.fill = h("div", { class: "bar-fill" });
    this.bar = h(
      "div",
      {
        class: "bar",
        role: "progressbar",
        "aria-label": `Upload of ${name}`,
        "aria-valuemin": "0",
        "aria-valuemax": "100",
      },
      this.fill,
    );
    this.element = h(
      "li",
      { class: "upload" },
      h("p", { class: "file-name" }, h("bdi", {}, name)),
      h("div", { class: "buttons" }, Object.values(this.buttons)),
      this.state,
      this.bar,
    );
  }

  update(item) {
    const { state, percent } = item;
    const shown = {
      pause: item.canPause,
      resume: state === "paused",
      anyway: state === "flagged",
      retry: state === "failed",
      errors: state === "flagged" || state === "invalid",
      cancel: !item.ended,
      dismiss: item.ended,
    };
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    for (const [name, button] of Object.entries(this.buttons)) button.hidden = !shown[name];
    if (focused?.hidden)
      Object.values(this.buttons)
        .find((button) => !button.hidden)
        ?.focus();
    setText(this.state, describe(item));
    this.state.className = `state${state === "done" ? " good" : ""}${["invalid", "failed", "flagged"].includes(state) ? " bad" : ""}`;
    this.element.className = `upload ${{ done: "done", stored: "done", paused: "paused" }[state] ?? ""}${["invalid", "failed"].includes(state) ? "failed" : ""}`;
    this.fill.style.width = `${percent}%`;
    this.bar.setAttribute("aria-valuenow", percent);
    this.bar.hidden = ["done", "cancelled", "flagged", "invalid"].includes(state);
  }
}

/** One line on where an upload is. Pure. */
export function describe({ state, percent, sentBytes, file, found, error, stored }) {
  const sent = `${percent} % · ${bytes(sentBytes)} of ${bytes(file.size)}`;
  const errors = found ? counted(found.errorCount, "error") : "";
  switch (state) {
    case "waiting":
      return `Waiting · ${bytes(file.size)}`;
    case "checking":
      return "Checking lines in your browser…";
    case "flagged":
      return `${errors} found before the upload. Nothing was sent: the service would reject the file.`;
    case "sending":
      return sent;
    case "paused":
      return `Paused · ${sent}`;
    case "judging":
      return `${percent} % · uploaded, the service is checking the lines…`;
    case "done":
      return stored.line_count === null
        ? "Stored and valid"
        : `Stored and valid · ${counted(stored.line_count, "line")} · ${bytes(file.size)}`;
    case "stored":
      return "Stored. The service is still checking the lines.";
    case "invalid":
      return `Rejected: ${errors} in its lines. Nothing was stored.`;
    case "cancelled":
      return "Cancelled";
    default:
      return error;
  }
}

class PendingRow {
  constructor(upload, actions) {
    const name = visible(upload.filename);
    const input = h("input", {
      type: "file",
      hidden: true,
      onchange: () => {
        if (input.files[0]) actions.resume(this.upload, input.files[0]);
        input.value = "";
      },
    });
    this.state = h("p", { class: "state" });
    this.fill = h("div", { class: "bar-fill" });
    this.element = h(
      "li",
      { class: "upload paused" },
      h("p", { class: "file-name" }, h("bdi", {}, name)),
      h(
        "div",
        { class: "buttons" },
        h(
          "button",
          {
            class: "button small",
            "aria-label": `Choose file to resume ${name}`,
            onclick: () => input.click(),
          },
          icon("play"),
          "Choose file to resume",
        ),
        h(
          "button",
          {
            class: "button small quiet",
            "aria-label": `Discard ${name}`,
            onclick: () => actions.discard(this.upload),
          },
          icon("trash"),
          "Discard",
        ),
        input,
      ),
      this.state,
      h("div", { class: "bar", "aria-hidden": "true" }, this.fill),
    );
  }

  update(upload) {
    this.upload = upload;
    const held =
      upload.held === null
        ? bytes(upload.bytes)
        : `${bytes(upload.held)} of ${bytes(upload.bytes)} stored`;
    const [began, ends] = [upload.created_at, upload.expires_at].map((at) => relative(at, now()));
    setText(
      this.state,
      `Started ${began} · ${held} · ends ${ends}. Choose the same file to send the rest.`,
    );
    this.fill.style.width = `${upload.held === null ? 0 : (upload.held / upload.bytes) * 100}%`;
  }
}
