// Keeping the page current: unchecked files soon, all that is loaded now and then, everything when
// the person comes back to the tab or the connection returns.

const SOON_MS = 2_000;
const NOW_AND_THEN_MS = 15_000;
const AT_MOST = 300;
const LOOKED_AFTER = 10;

export class Refresher {
  /** `refresh` reads all that is loaded again, `look` one file by its id. */
  constructor({ list, refresh, look }) {
    Object.assign(this, { list, refresh, look, refreshedAt: Date.now() });
    this.timers = [setInterval(this.#look, SOON_MS), setInterval(this.#refresh, NOW_AND_THEN_MS)];
    document.addEventListener("visibilitychange", this.#return);
    addEventListener("online", this.#return);
  }

  close() {
    for (const timer of this.timers) clearInterval(timer);
    document.removeEventListener("visibilitychange", this.#return);
    removeEventListener("online", this.#return);
  }

  #look = () => {
    if (document.hidden) return;
    const unchecked = this.list.files.filter(({ status }) => status === "uploaded");
    for (const { id } of unchecked.slice(0, LOOKED_AFTER)) this.look(id);
  };

  #refresh = () => {
    if (document.hidden || this.list.files.length > AT_MOST) return;
    this.refresh();
  };

  #return = () => {
    if (!document.hidden) this.refresh();
  };
}
