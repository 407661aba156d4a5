// The file that is looked at, named in the page's address, so that a reload and a link show it too.

import { Details } from "./details.mjs";
import { explain } from "./problem.mjs";
import { download } from "./save.mjs";
import { toast } from "./toast.mjs";

const IN_THE_ADDRESS = /^#(file-[0-9A-Za-z]{26})$/;

export class OpenedFile {
  /** `known` finds a loaded file, `remove` deletes one, `behind` is the address of the view. */
  constructor({ api, known, remove, behind }) {
    Object.assign(this, { api, known, remove, behind });
    addEventListener("hashchange", this.follow);
  }

  close() {
    removeEventListener("hashchange", this.follow);
    this.details?.close();
  }

  open(id) {
    location.hash = id;
  }

  /** Close the sheet if it is about one of these. */
  forget(ids) {
    if (this.details && ids.has(this.details.file.id)) this.details.close();
  }

  /** Show a newer state of the file, where it is among these. */
  update(files) {
    const found = this.details && files.find(({ id }) => id === this.details.file.id);
    if (found) this.details.update(found);
  }

  tick() {
    this.details?.tick();
  }

  /** Show what the address names. */
  follow = async () => {
    const id = IN_THE_ADDRESS.exec(location.hash)?.[1];
    if (!id) return void this.details?.close();
    if (this.details?.file.id === id) return;
    try {
      const file = this.known(id) ?? (await this.api.file(id));
      this.details?.close();
      this.#show(file);
    } catch (problem) {
      this.#resetAddress();
      if (problem.status !== 401) toast(explain(problem), "error");
    }
  };

  #show(file) {
    this.details = new Details({
      api: this.api,
      file,
      download: (wanted) => download(this.api, wanted),
      remove: (wanted) => this.remove([wanted]),
      start: this.start,
      closed: () => {
        this.details = null;
        if (location.hash === `#${file.id}`) this.#resetAddress();
      },
    });
  }

  #resetAddress() {
    history.replaceState(null, "", location.pathname + this.behind());
  }
}
