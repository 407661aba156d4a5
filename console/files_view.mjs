// The Files page: its parts, and what each tells the others.

import { copy } from "./clipboard.mjs";
import { confirmDelete } from "./confirm.mjs";
import { deleteFiles } from "./deleting.mjs";
import { fill, h, setText } from "./dom.mjs";
import { noFiles, noMatch, sampleFile, skeleton } from "./empty.mjs";
import { FileList } from "./file_list.mjs";
import { count, counted } from "./format.mjs";
import { icon } from "./icons.mjs";
import { OpenedFile } from "./opened_file.mjs";
import { explain } from "./problem.mjs";
import { Refresher } from "./refresher.mjs";
import { download } from "./save.mjs";
import { Sheet } from "./sheet.mjs";
import { accountSnippets } from "./snippets.mjs";
import { showSnippets } from "./snippets_panel.mjs";
import { FilesTable } from "./table.mjs";
import { toast } from "./toast.mjs";
import { Toolbar } from "./toolbar.mjs";
import { Uploading } from "./uploading.mjs";
import { Usage } from "./usage.mjs";

const AFTER_EXPIRY_MS = 3_000;

export class FilesView {
  /** `behind` is the address of the view that a sheet lies over. */
  constructor({ api, limits, behind }) {
    Object.assign(this, { api, limits });
    this.list = new FileList((query) => api.files(query));
    this.usage = new Usage();
    this.usage.show(limits);
    this.uploading = new Uploading({
      api,
      limits,
      stored: (file) => this.#put(file),
      ended: () => this.#measure(),
    });
    this.opened = new OpenedFile({
      api,
      known: (id) => this.list.files.find((file) => file.id === id),
      remove: (files) => this.#delete(files),
      behind,
    });
    this.#build();
    this.refresher = new Refresher({
      list: this.list,
      refresh: () => this.refresh(),
      look: (id) => this.#look(id),
    });
    this.timer = setInterval(() => this.#tick(), 1_000);
    this.#load(() => this.list.restart());
    this.opened.follow();
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    this.refresher.close();
    this.uploading.close();
    this.opened.close();
    for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  }

  /** From now on a valid file can be given to `start`, which begins a batch of it. */
  allowBatches(start) {
    this.opened.start = start;
  }

  #build() {
    this.toolbar = new Toolbar({
      purposes: this.limits.purposes.map(({ name }) => name),
      asked: () => this.#restart(),
      narrowed: () => this.#render(),
      refresh: () => this.refresh(),
    });
    this.table = new FilesTable({
      open: ({ id }) => this.opened.open(id),
      download: (file) => download(this.api, file),
      remove: (file) => this.#delete([file]),
      selected: (files) => this.#selected(files),
    });
    this.place = h("div", {}, skeleton());
    this.table.element.hidden = true;
    this.shown = h("p", { class: "shown", role: "status" }, "Loading…");
    const more = () => this.#load(() => this.list.more());
    this.more = h("button", { class: "button", hidden: true, onclick: more }, "Load more");
    this.element = h(
      "section",
      { "aria-label": "Files" },
      this.#title(),
      this.usage.element,
      this.uploading.elements,
      this.toolbar.element,
      this.#chosenBar(),
      h("div", { class: "card table-card" }, this.table.element, this.place),
      h("div", { class: "foot" }, this.shown, this.more),
    );
  }

  #title() {
    const code = () => {
      const show = (panel) => showSnippets(panel, accountSnippets(this.api.baseUrl));
      const sub = h("code", {}, this.api.baseUrl);
      new Sheet({ title: "Use from code", sub, tabs: [{ name: "Code", show }] });
    };
    const choose = () => this.uploading.choose();
    return h(
      "div",
      { class: "title" },
      h("h1", {}, "Files"),
      h("button", { class: "button", onclick: code }, icon("code"), "Use from code"),
      h("button", { class: "button primary", onclick: choose }, icon("upload"), "Upload files"),
    );
  }

  #chosenBar() {
    const copyIds = () => {
      const ids = this.table.chosen.map(({ id }) => id);
      copy(ids.join("\n"), counted(ids.length, "id"));
    };
    const remove = () => this.#delete(this.table.chosen);
    const clear = () => this.table.clearSelection();
    this.chosenText = h("strong", {});
    this.chosenBar = h(
      "div",
      { class: "chosen-bar", role: "region", "aria-label": "Selected files", hidden: true },
      this.chosenText,
      h("button", { class: "button small", onclick: copyIds }, icon("copy"), "Copy ids"),
      h("button", { class: "button small danger-quiet", onclick: remove }, icon("trash"), "Delete"),
      h("button", { class: "button small quiet", onclick: clear }, "Clear selection"),
    );
    return this.chosenBar;
  }

  #selected(files) {
    if (!this.chosenBar) return;
    this.chosenBar.hidden = !files.length;
    setText(this.chosenText, `${counted(files.length, "file")} selected`);
  }

  async #load(load) {
    this.more.disabled = true;
    try {
      await load();
      this.#render();
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
    if (this.closed || !this.list.loaded) return;
    const { files, hasMore } = this.list;
    const shown = this.toolbar.apply(files);
    this.table.show(shown);
    this.table.element.hidden = !shown.length;
    fill(this.place, !shown.length && this.#empty());
    this.more.hidden = !hasMore;
    const number = counted(files.length, "file");
    const all = hasMore ? `${number} loaded, and there are more` : number;
    const found = `${count(shown.length)} of the ${all} match`;
    setText(this.shown, this.toolbar.narrows ? found : all);
    this.opened.update(files);
  }

  #empty() {
    if (this.list.files.length || this.list.hasMore) {
      const reset = () => {
        this.toolbar.reset();
        this.#render();
      };
      return noMatch({ reset });
    }
    return noFiles({
      choose: () => this.uploading.choose(),
      sample: () => this.uploading.take([sampleFile(this.limits.batch.request_urls)]),
    });
  }

  #put(file) {
    this.list.put(file);
    this.#render();
  }

  async #look(id) {
    try {
      this.#put(await this.api.file(id, { tries: 1 }));
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
    this.opened.tick();
    this.uploading.tick();
    if (over.length && !this.expiring) {
      this.expiring = setTimeout(() => {
        this.expiring = null;
        if (!this.closed) this.refresh();
      }, AFTER_EXPIRY_MS);
    }
  }

  async #delete(files) {
    if (!(await confirmDelete(files))) return;
    this.opened.forget(new Set(files.map(({ id }) => id)));
    await deleteFiles(this.api, files, (id) => this.#gone(id));
    if (!this.closed) await this.refresh();
  }
}
