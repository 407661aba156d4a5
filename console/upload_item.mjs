// One file on its way: checked here, sent by the JavaScript client, judged by the service.
//
//     waiting → checking → sending ⇄ paused → judging → done | invalid | stored
//                  └ flagged ┘  └→ failed → (retry) sending      cancelled from any but the last

import { cancel, LinegateError, resume, upload } from "../client/node/browser.mjs";
import { checkFile } from "./checked_file.mjs";
import { explain, Problem } from "./problem.mjs";

const PAUSED = new DOMException("Paused", "AbortError");
const CANCELLED = new DOMException("Cancelled", "AbortError");
const LOST = new Set(["upload_not_found", "upload_ended"]);

export const ENDED = new Set(["done", "invalid", "stored", "cancelled"]);

export class UploadItem {
  /** `pending` is the service's upload that this file belongs to, where it was begun before. */
  constructor({ file, api, rules, purpose, expiresAfter, pending = null, changed }) {
    Object.assign(this, { file, api, rules, purpose, expiresAfter, changed });
    this.name = file.name;
    this.uploadId = pending?.id ?? null;
    this.resumed = pending !== null;
    this.state = "waiting";
    this.sentBytes = 0;
    this.error = "";
    this.found = null;
  }

  get ended() {
    return ENDED.has(this.state);
  }

  /** In whole percent; 100 only once the file is stored and judged. */
  get percent() {
    if (this.state === "done" || this.state === "stored") return 100;
    return this.file.size ? Math.min(99, Math.floor((this.sentBytes / this.file.size) * 100)) : 0;
  }

  get canPause() {
    return this.state === "sending" && this.uploadId !== null && this.sentBytes < this.file.size;
  }

  /** Check, unless the file was begun before, and send. Resolves when there is nothing more to do. */
  async start() {
    if (this.purpose === "batch" && !this.resumed && !(await this.#check())) return;
    await this.send();
  }

  async #check() {
    this.#become("checking");
    this.controller = new AbortController();
    try {
      this.found = await checkFile(this.file, this.rules, this.controller.signal);
    } catch {
      return false; // cancelled meanwhile
    }
    if (!this.found?.errorCount) return true;
    this.#become("flagged");
    return false;
  }

  /** Send what is missing, all of it where nothing is there yet. */
  async send() {
    if (this.state === "sending" || this.ended) return;
    this.error = "";
    const { signal } = (this.controller = new AbortController());
    this.#become("sending");
    try {
      this.stored = await this.#transfer(signal);
      this.#become(this.stored.status === "uploaded" ? "stored" : "done");
    } catch (error) {
      if (!signal.aborted) this.#fail(error); // else it was paused or cancelled, and may run again
    }
  }

  async #transfer(signal) {
    const { file, uploadId, purpose, expiresAfter } = this;
    const options = {
      baseURL: this.api.baseUrl,
      apiKey: this.api.key,
      signal,
      onProgress: ({ sentBytes }) => signal.aborted || this.#progress(sentBytes),
    };
    if (uploadId) {
      try {
        return await resume(uploadId, file, options);
      } catch (error) {
        if (!LOST.has(error.code)) throw error;
        this.uploadId = null;
        this.sentBytes = 0;
      }
    }
    return upload(file, {
      ...options,
      purpose,
      expiresAfter,
      onBegin: ({ id }) => this.#begun(id),
    });
  }

  #begun(id) {
    this.uploadId = id;
    this.changed(this);
  }

  #progress(sentBytes) {
    this.sentBytes = sentBytes;
    this.#become(sentBytes === this.file.size ? "judging" : "sending");
  }

  #fail(error) {
    if (error instanceof LinegateError && error.errors?.length) {
      this.found = { errors: error.errors, errorCount: error.errorCount, verdict: true };
      this.#become("invalid");
      return;
    }
    this.offline = error instanceof TypeError;
    const problem = this.offline ? new Problem({}) : asProblem(error);
    if (problem.status === 401) this.api.onProblem(problem);
    this.error = error.code === "another_file" ? error.message : explain(problem);
    this.#become("failed");
  }

  pause() {
    if (!this.canPause) return;
    this.#become("paused");
    this.controller.abort(PAUSED);
  }

  /** Stop, and have the service forget what it holds. */
  async cancel() {
    if (this.ended) return;
    this.#become("cancelled");
    this.controller?.abort(CANCELLED);
    const { uploadId: id, api } = this;
    if (id) await cancel(id, { baseURL: api.baseUrl, apiKey: api.key }).catch(() => {});
    this.changed(this);
  }

  #become(state) {
    this.state = state;
    this.changed(this);
  }
}

function asProblem({ status, code, message, requestId }) {
  return new Problem({ status: status ?? 500, code, message, requestId });
}
