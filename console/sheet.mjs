// A dialog at the page's edge, with a heading, actions, and tabs that arrow keys move between.

import { fill, h, newId } from "./dom.mjs";
import { icon } from "./icons.mjs";
import { removeDialog } from "./toast.mjs";

export class Sheet {
  /** `tabs`: { name, show(panel, signal) }, where `signal` aborts when another tab is chosen. */
  constructor({ title, sub, actions = [], tabs, closed = () => {} }) {
    const [heading, panel] = [newId("heading"), newId("panel")];
    this.sub = h("div", { class: "sub" }, sub);
    this.panel = h("div", { id: panel, role: "tabpanel", tabindex: "0" });
    this.tabs = tabs.map((tab) => ({ ...tab, button: this.#button(tab, panel) }));
    this.list = h(
      "div",
      { role: "tablist", "aria-label": "About this file", onkeydown: (event) => this.#move(event) },
      this.tabs.map(({ button }) => button),
    );
    this.actions = h("div", { class: "actions" }, actions);
    this.element = h(
      "dialog",
      {
        class: "sheet",
        "aria-labelledby": heading,
        onclick: (event) => event.target === this.element && this.close(),
      },
      h(
        "header",
        {},
        h("div", {}, h("h2", { id: heading }, h("bdi", {}, title)), this.sub),
        h(
          "button",
          { class: "icon-button", "aria-label": "Close", onclick: () => this.close() },
          icon("close"),
        ),
      ),
      this.actions,
      this.list,
      this.panel,
    );
    this.element.addEventListener("close", () => {
      this.showing?.abort();
      removeDialog(this.element);
      closed();
    });
    document.body.append(this.element);
    this.element.showModal();
    this.choose(this.tabs[0].name);
  }

  close() {
    this.element.close();
  }

  /** Show a tab, again where it is shown already. */
  choose(name) {
    this.showing?.abort();
    this.showing = new AbortController();
    for (const tab of this.tabs) {
      const chosen = tab.name === name;
      tab.button.setAttribute("aria-selected", String(chosen));
      tab.button.tabIndex = chosen ? 0 : -1;
      if (!chosen) continue;
      this.chosen = name;
      this.panel.setAttribute("aria-labelledby", tab.button.id);
      fill(this.panel);
      this.panel.scrollTop = 0;
      tab.show(this.panel, this.showing.signal);
    }
  }

  #button({ name }, panel) {
    return h(
      "button",
      { id: newId("tab"), role: "tab", "aria-controls": panel, onclick: () => this.choose(name) },
      name,
    );
  }

  #move(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const last = this.tabs.length - 1;
    const at = this.tabs.findIndex(({ name }) => name === this.chosen) + step;
    const next =
      this.tabs[
        Number.isFinite(at) ? (at + last + 1) % (last + 1) : Math.max(0, Math.min(at, last))
      ];
    this.choose(next.name);
    next.button.focus();
  }
}
