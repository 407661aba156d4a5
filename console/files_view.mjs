// The Files page: its parts, and what each tells the others.

import { copy } from "./clipboard.mjs";
import { confirmDelete } from "./confirm.mjs";
import { deleteFiles } from "./deleting.mjs";
import { Details } from "./details.mjs";
import { fill, h, setText } from "./dom.mjs";
import { DropZone } from "./drop_zone.mjs";
import { noFiles, noMatch, sampleFile, skeleton } from "./empty.mjs";
import { showErrors } from "./errors_panel.mjs";
import { FileList } from "./file_list.mjs";
import { count, counted } from "./format.mjs";
import { icon } from "./icons.mjs";
import { visible } from "./names.mjs";
import { matching, PendingUploads, isSame } from "./pending_uploads.mjs";
import { explain } from "./problem.mjs";
import { Refresher } from "./refresher.mjs";
import { download } from "./save.mjs";
import { Sheet } from "./sheet.mjs";
import { accountSnippets } from "./snippets.mjs";
import { showSnippets } from "./snippets_panel.mjs";
import { FilesTable } from "./table.mjs";
import { toast } from "./toast.mjs";
import { Toolbar } from "./toolbar.mjs";
import { UploadQueue } from "./upload_queue.mjs";
import { UploadsView } from "./uploads_view.mjs";
import { Usage } from "./usage.mjs";

const IN_THE_ADDRESS = /^#(file-[0-9A-Za-z]{26})$/;
const AFTER_EXPIRY_MS = 3_000;

export class FilesView {
  constructor(shell, api, limits) {
    Object.assign(this, { shell, api, limits });
    this.list = new FileList((query) => api.files(query));
    this.pending = new PendingUploads(api);
    this.#build();
    this.refresher = new Refresher({ list: this.list, refresh: () => this.refresh(), look: (id) => this.#look(id) });
    this.timer = setInterval(() => this.#tick(), 1_000);
    addEventListener("hashchange", this.#address);
    this.#load(() => this.list.restart());
    this.#findPending();
    this.#address();
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    removeEventListener("hashchange", this.#address);
    this.refresher.close();
    this.drop.close();
    this.queue.close();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  }

  #build() {
    const { api, limits } = this;
    this.usage = new Usage();
    this.usage.show(limits);
    this.drop = new DropZone({ limits, take: (files) => this.#take(files) });
    this.queue = new UploadQueue({ api, limits, changed: () => this.#renderUploads(), ended: (item) => this.#uploaded(item) });
    this.uploads = new UploadsView(this.queue, {
      showErrors: (item) => this.#showFound(item),
      resume: (upload, file) => this.#resume(upload, file),
      discard: (upload) => this.#discard(upload),
    });
    this.toolbar = new Toolbar({
      purposes: limits.purposes.map(({ name }) => name),
      asked: () => this.#restart(),
      narrowed: () => this.#render(),
      refresh: () => this.refresh(),
    });
    this.table = new FilesTable({
      open: ({ id }) => (location.hash = id),
      download: (file) => download(api, file),
      remove: (file) => this.#delete([file]),
      selected: (files) => this.#selected(files),
    });
    this.chosenText = h("strong", {});
    this.chosenBar = h("div", { class: "chosen-bar", role: "region", "aria-label": "Selected files", hidden: true },
      this.chosenText,
      h("button", { class: "button small", onclick: () => copy(this.table.chosen.map(({ id }) => id).join("\n"), counted(this.table.chosen.length, "id")) }, icon("copy"), "Copy ids"),
      h("button", { class: "button small danger-quiet", onclick: () => this.#delete(this.table.chosen) }, icon("trash"), "Delete"),
      h("button", { class: "button small quiet", onclick: () => this.table.clearSelection() }, "Clear selection"));
    this.place = h("div", {}, skeleton());
    this.card = h("div", { class: "card table-card" }, this.table.element, this.place);
    this.table.element.hidden = true;
    this.shown = h("p", { class: "shown", role: "status" }, "Loading…");
    this.more = h("button", { class: "button", hidden: true, onclick: () => this.#load(() => this.list.more()) }, "Load more");
    this.element = h("section", { "aria-label": "Files" },
      h("div", { class: "title" }, h("h1", {}, "Files"),
        h("button", { class: "button", onclick: () => this.#showCode() }, icon("code"), "Use from code"),
        h("button", { class: "button primary", onclick: () => this.drop.choose() }, icon("upload"), "Upload files")),
      this.usage.element, this.drop.element, this.uploads.element,
      this.toolbar.element, this.chosenBar, this.card,
      h("div", { class: "foot" }, this.shown, this.more));
  }

  /** From now on a file can be given to `start`, which begins a batch of it. */
  allowBatches(start) {
    this.startBatch = start;
  }

  // --- The list ---

  async #load(load) {
    this.more.disabled = true;
    try {
      await load();
      if (!this.closed) this.#render();
    } catch (problem) {
      this.#failed(problem);
    } finally {
      this.more.disabled = false;
    }
  }

  #failed(problem) {
    if (this.closed) return;
    if (problem.status !== 0 && problem.status !== 401) toast(explain(problem), "error");
    if (!this.list.loaded) {
      setText(this.shown, "The files could not be loaded.");
      fill(this.place);
    }
  }

  #restart() {
    this.list.order = this.toolbar.order.value;
    this.list.purpose = this.toolbar.purpose.value;
    setText(this.shown, "Loading…");
    this.#load(() => this.list.restart());
  }

  async refresh() {
    await this.#load(() => (this.list.loaded ? this.list.refresh() : this.list.restart()));
    await this.#measure();
  }

  async #measure() {
    try {
      const limits = await this.api.limits();
      if (!this.closed) this.usage.show(limits);
    } catch {
      // What was shown stays; the list has said what is wrong.
    }
  }

  #render() {
    const { files } = this.list;
    const shown = this.toolbar.apply(files);
    this.table.show(shown);
    this.table.element.hidden = !shown.length;
    fill(this.place, !shown.length && (files.length || this.list.hasMore
      ? noMatch({ reset: () => this.#clearFilter() })
      : noFiles({ choose: () => this.drop.choose(), sample: () => this.#take([sampleFile(this.limits.batch.request_urls)]) })));
    this.more.hidden = !this.list.hasMore;
    const all = this.list.hasMore ? `${count(files.length)} files loaded, and there are more` : counted(files.length, "file");
    setText(this.shown, this.toolbar.narrows ? `${count(shown.length)} of the ${all} match` : all);
    const known = this.details && files.find(({ id }) => id === this.details.file.id);
    if (known) this.details.update(known);
  }

  #clearFilter() {
    this.toolbar.reset();
    this.#render();
  }

  async #look(id) {
    try {
      this.list.put(await this.api.file(id, { tries: 1 }));
      if (!this.closed) this.#render();
    } catch (problem) {
      if (problem.status === 404) this.#gone(id);
    }
  }

  #gone(id) {
    this.list.drop(id);
    this.#render();
  }

  #tick() {
    const over = this.table.tick();
    this.details?.tick();
    if (over.length && !this.expiring) {
      this.expiring = setTimeout(async () => {
        this.expiring = null;
        if (!this.closed) await this.refresh();
      }, AFTER_EXPIRY_MS);
    }
    if (this.pending.all.length) this.#renderUploads();
  }

  #selected(files) {
    this.chosenBar.hidden = !files.length;
    setText(this.chosenText, `${counted(files.length, "file")} selected`);
  }

  async #delete(files) {
    if (!(await confirmDelete(files))) return;
    const ids = new Set(files.map(({ id }) => id));
    if (this.details && ids.has(this.details.file.id)) this.details.close();
    await deleteFiles(this.api, files, (id) => this.#gone(id));
    if (!this.closed) await this.refresh();
  }

  // --- One file ---

  #address = async () => {
    const id = IN_THE_ADDRESS.exec(location.hash)?.[1];
    if (!id) return this.details?.close();
    if (this.details?.file.id === id) return;
    try {
      const file = this.list.files.find((known) => known.id === id) ?? (await this.api.file(id));
      this.details?.close();
      this.details = new Details({
        api: this.api,
        file,
        download: (wanted) => download(this.api, wanted),
        remove: (wanted) => this.#delete([wanted]),
        start: this.startBatch,
        closed: () => {
          this.details = null;
          if (location.hash === `#${id}`) this.#resetAddress();
        },
      });
    } catch (problem) {
      this.#resetAddress();
      if (problem.status !== 401) toast(explain(problem), "error");
    }
  };

  #resetAddress() {
    history.replaceState(null, "", location.pathname + (this.shell.current === "#files" ? "" : this.shell.current));
  }

  #showCode() {
    const show = (panel) => showSnippets(panel, accountSnippets(this.api.baseUrl));
    new Sheet({ title: "Use from code", sub: h("code", {}, this.api.baseUrl), tabs: [{ name: "Code", show }] });
  }

  // --- Uploads ---

  #take(files) {
    for (const file of files) {
      const waiting = this.pending.all.filter(({ id }) => !this.queue.holds(id));
      this.queue.add(file, { ...this.drop.options, pending: matching(file, waiting) });
    }
    this.#renderUploads();
  }

  #resume(upload, file) {
    if (isSame(file, upload)) return this.queue.add(file, { pending: upload });
    const why = file.name === upload.filename && file.size === upload.bytes
      ? "It was changed after the upload began."
      : `The upload is of ${visible(upload.filename)} with ${counted(upload.bytes, "byte")}.`;
    toast(`${visible(file.name)} is not the same file. ${why} Choose the same one, or discard the upload and begin again.`, "error");
  }

  async #discard(upload) {
    try {
      await this.api.cancelUpload(upload.id);
      toast("Discarded the upload.");
    } catch (problem) {
      if (problem.status !== 404 && problem.status !== 400) return toast(explain(problem), "error");
    }
    this.pending.drop(upload.id);
    this.#renderUploads();
    await this.#measure();
  }

  async #findPending() {
    try {
      await this.pending.refresh();
      this.#renderUploads();
      await this.pending.measure(this.pending.all);
      if (!this.closed) this.#renderUploads();
    } catch {
      // The list says what is wrong.
    }
  }

  #renderUploads() {
    if (this.closed) return;
    this.uploads.show(this.pending.all.filter(({ id }) => !this.queue.holds(id)));
  }

  async #uploaded(item) {
    if (item.uploadId) this.pending.drop(item.uploadId);
    this.#renderUploads();
    const name = visible(item.name);
    if (item.stored) {
      this.list.put(item.stored);
      this.#render();
      toast(item.state === "done" ? `${name} is stored and valid.` : `${name} is stored.`);
    }
    if (item.state === "invalid") toast(`${name} was refused: ${counted(item.found.errorCount, "error")} in its lines.`, "error");
    await this.#measure();
  }

  #showFound(item) {
    const { found } = item;
    const where = found.verdict ? "found by the service" : "found on this computer; nothing was sent";
    const show = (panel) => showErrors(panel, { errors: found.errors, total: found.errorCount, name: item.name, found: where });
    new Sheet({ title: visible(item.name), tabs: [{ name: "Errors", show }] });
  }
}
