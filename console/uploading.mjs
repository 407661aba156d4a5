// Everything about files on their way in: what is picked, sent, resumed, discarded, refused.

import { DropZone } from "./drop_zone.mjs";
import { showErrors } from "./errors_panel.mjs";
import { counted } from "./format.mjs";
import { visible } from "./names.mjs";
import { isSame, matching, PendingUploads } from "./pending_uploads.mjs";
import { explain } from "./problem.mjs";
import { Sheet } from "./sheet.mjs";
import { toast } from "./toast.mjs";
import { UploadQueue } from "./upload_queue.mjs";
import { UploadsView } from "./uploads_view.mjs";

export class Uploading {
  /** `stored` is called with each stored file, `ended` whenever the usage may have changed. */
  constructor({ api, limits, stored, ended }) {
    Object.assign(this, { api, stored, ended });
    this.pending = new PendingUploads(api);
    this.drop = new DropZone({ limits, take: (files) => this.take(files) });
    this.queue = new UploadQueue({
      api,
      limits,
      changed: () => this.render(),
      ended: (item) => this.#itemEnded(item),
    });
    this.view = new UploadsView(this.queue, {
      showErrors: (item) => showFound(item),
      resume: (upload, file) => this.#resume(upload, file),
      discard: (upload) => this.#discard(upload),
    });
    this.elements = [this.drop.element, this.view.element];
    this.#findPending();
  }

  close() {
    this.closed = true;
    this.drop.close();
    this.queue.close();
  }

  /** Let the person pick files. */
  choose() {
    this.drop.choose();
  }

  /** Upload these; one that was begun before continues. */
  take(files) {
    for (const file of files) {
      const pending = matching(file, this.#waiting());
      this.queue.add(file, { ...this.drop.options, pending });
    }
    this.render();
  }

  render() {
    if (!this.closed) this.view.show(this.#waiting());
  }

  /** Let relative times move on. */
  tick() {
    if (this.pending.all.length) this.render();
  }

  /** What the service holds parts of and this page does not send. */
  #waiting() {
    return this.pending.all.filter(({ id }) => !this.queue.holds(id));
  }

  async #findPending() {
    try {
      await this.pending.refresh();
      this.render();
      await this.pending.measure(this.pending.all);
      this.render();
    } catch {
      // The list says what is wrong.
    }
  }

  #resume(upload, file) {
    if (isSame(file, upload)) {
      this.queue.add(file, { pending: upload });
      return;
    }
    const alike = file.name === upload.filename && file.size === upload.bytes;
    const wanted = `${visible(upload.filename)} with ${counted(upload.bytes, "byte")}`;
    const why = alike ? "It was changed after the upload began." : `The upload is of ${wanted}.`;
    const next = "Choose the same one, or discard the upload and start over.";
    toast(`${visible(file.name)} is not the same file. ${why} ${next}`, "error");
  }

  async #discard(upload) {
    try {
      await this.api.cancelUpload(upload.id);
      toast("Discarded the upload.");
    } catch (problem) {
      const ended = problem.status === 404 || problem.status === 400;
      if (!ended) return void toast(explain(problem), "error");
    }
    this.pending.drop(upload.id);
    this.render();
    this.ended();
  }

  #itemEnded(item) {
    if (item.uploadId) this.pending.drop(item.uploadId);
    this.render();
    const name = visible(item.name);
    if (item.stored) {
      this.stored(item.stored);
      toast(item.state === "done" ? `${name} is stored and valid.` : `${name} is stored.`);
    }
    if (item.state === "invalid") {
      const errors = counted(item.found.errorCount, "error");
      toast(`${name} was rejected: ${errors} in its lines.`, "error");
    }
    this.ended();
  }
}

function showFound({ name, found }) {
  const { errors, errorCount: total, verdict } = found;
  const where = verdict ? "found by the service" : "found in your browser; nothing was sent";
  const show = (panel) => showErrors(panel, { errors, total, name, found: where });
  new Sheet({ title: visible(name), tabs: [{ name: "Errors", show }] });
}
