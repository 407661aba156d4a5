// The views of whoever is signed in: files, and batches where the deployment has them.

import { BatchesView } from "./batches_view.mjs";
import { FilesView } from "./files_view.mjs";
import { firstBytes, firstLines } from "./preview_panel.mjs";
import { explain } from "./problem.mjs";
import { toast } from "./toast.mjs";

export class SignedIn {
  constructor(shell, api, limits) {
    Object.assign(this, { shell, api });
    const behind = () => (shell.current === "#files" ? "" : shell.current);
    this.files = new FilesView({ api, limits, behind });
    shell.addView("Files", this.files.element);
    addEventListener("hashchange", this.#address);
    this.#findBatches();
  }

  close() {
    this.closed = true;
    removeEventListener("hashchange", this.#address);
    this.files.close();
    this.batches?.close();
  }

  /** Without a model endpoint the route is an unknown one. */
  async #findBatches() {
    try {
      const page = await this.api.batches({ limit: 1 });
      if (this.closed || !page.data) return;
    } catch {
      return;
    }
    this.batches = new BatchesView(this.api, () => this.shell.current === "#batches");
    this.shell.addView("Batches", this.batches.element);
    this.files.allowBatches((file) => this.#start(file));
    this.#address();
  }

  #address = () => {
    this.shell.show(location.hash || "#files");
    if (this.shell.current === "#batches") this.batches?.refresh();
  };

  /** Every request of a file has the same `url`: the batch's endpoint is that of the first. */
  async #start(file) {
    try {
      const endpoint = urlOf(await firstBytes(this.api, file));
      if (!endpoint)
        return toast(
          "The first request is too long to be read here. Start the batch from code.",
          "error",
        );
      await this.api.startBatch({ input_file_id: file.id, endpoint });
      toast("Batch started.");
      location.hash = "batches";
    } catch (problem) {
      toast(explain(problem), "error");
    }
  }
}

/** Of the first request in a file's first bytes; null where they hold less than all of it. Pure. */
function urlOf(text) {
  try {
    return JSON.parse(firstLines(text, false)[0].text).url;
  } catch {
    return null;
  }
}
