// All files on their way: a few at a time, the others wait.

import { UploadItem } from "./upload_item.mjs";

const ACTIVE = 2;
const BUSY = new Set(["checking", "sending", "judging"]);

export class UploadQueue {
  /** `changed` is called for every item that changes, `ended` for each that has ended. */
  constructor({ api, limits, changed, ended }) {
    Object.assign(this, { api, limits, changed, ended });
    this.items = [];
    addEventListener("online", this.retryOffline);
    addEventListener("beforeunload", this.warn);
  }

  close() {
    removeEventListener("online", this.retryOffline);
    removeEventListener("beforeunload", this.warn);
    for (const item of this.items)
      item.controller?.abort(new DOMException("Signed out", "AbortError"));
    this.items = [];
  }

  /** `pending` is the service's upload that the file belongs to, or null. */
  add(file, { purpose, expiresAfter, pending = null }) {
    const item = new UploadItem({
      file,
      api: this.api,
      rules: this.limits.batch,
      purpose: pending?.purpose ?? purpose,
      expiresAfter,
      pending,
      changed: (changed) => this.#changed(changed),
    });
    this.items.unshift(item);
    this.changed(item);
    this.#next();
  }

  /** Send after a pause, a failure or a warning. */
  proceed(item) {
    item.state = "waiting";
    item.checked = true;
    this.changed(item);
    this.#next();
  }

  remove(item) {
    this.items = this.items.filter((other) => other !== item);
    this.changed(item);
  }

  removeEnded() {
    this.items = this.items.filter((item) => !item.ended);
    this.changed(null);
  }

  /** Whether an upload of the service's is one of these. */
  holds(id) {
    return this.items.some((item) => item.uploadId === id && !item.ended);
  }

  #changed(item) {
    this.changed(item);
    if (item.ended && !item.reported) {
      item.reported = true;
      this.ended(item);
    }
    if (!BUSY.has(item.state)) this.#next();
  }

  #next() {
    const busy = this.items.filter(({ state }) => BUSY.has(state)).length;
    const waiting = this.items.filter(({ state }) => state === "waiting").reverse();
    for (const item of waiting.slice(0, Math.max(0, ACTIVE - busy))) {
      if (item.checked) item.send();
      else item.start();
    }
  }

  retryOffline = () => {
    for (const item of this.items) if (item.state === "failed" && item.offline) this.proceed(item);
  };

  warn = (event) => {
    if (this.items.some(({ state }) => BUSY.has(state) || state === "waiting"))
      event.preventDefault();
  };
}
