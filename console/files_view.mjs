// The Files page: what is loaded, filtered, selected, and what can be done with it.

import { now } from "./clock.mjs";
import { fill, h, setText } from "./dom.mjs";
import { FileList } from "./file_list.mjs";
import { counted } from "./format.mjs";
import { explain } from "./problem.mjs";
import { FilesTable } from "./table.mjs";
import { toast } from "./toast.mjs";
import { Usage } from "./usage.mjs";

export class FilesView {
  constructor(shell, api, limits) {
    Object.assign(this, { shell, api, limits });
    document.title = "Files · Linegate";
    this.list = new FileList(api);
    this.usage = new Usage();
    this.usage.show(limits);
    this.table = new FilesTable({ open: () => {}, download: () => {}, remove: () => {}, selected: () => {} });
    this.more = h("button", { class: "button", onclick: () => this.#load(() => this.list.more()), hidden: true }, "Load more");
    this.shown = h("p", { class: "shown", role: "status" });
    fill(shell.content, h("h1", {}, "Files"), this.usage.element, this.table.element, h("div", { class: "foot" }, this.shown, this.more));
    this.timer = setInterval(() => this.table.tick(), 1_000);
    this.#load(() => this.list.restart());
  }

  close() {
    clearInterval(this.timer);
  }

  async #load(load) {
    try {
      await load();
      this.#render();
    } catch (problem) {
      toast(explain(problem), "error");
    }
  }

  #render() {
    const files = this.list.files.filter(({ expires_at }) => expires_at > now());
    this.table.show(files);
    this.more.hidden = !this.list.hasMore;
    setText(this.shown, `${counted(files.length, "file")} loaded`);
  }
}
