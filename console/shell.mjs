// The frame around the signed-in views: brand, whose key it is, signing out, and being offline.

import { fill, h, setText } from "./dom.mjs";
import { icon, mark } from "./icons.mjs";
import { masked } from "./session.mjs";

export class Shell {
  constructor(root, { key, version, signOut }) {
    this.content = h("main", { id: "content", tabindex: "-1" });
    this.offline = h("div", { class: "banner", role: "alert", hidden: true }, icon("plug"), h("p", {}));
    fill(
      root,
      h("a", { class: "skip", href: "#content", onclick: (event) => this.#skip(event) }, "Skip to the files"),
      h("header", { class: "frame" },
        h("div", { class: "top" },
          h("div", { class: "brand" }, mark(), h("span", {}, "Linegate"), h("span", { class: "version" }, version)),
          h("div", { class: "account" },
            h("span", { class: "key", title: "The API key in use" }, icon("key"), masked(key)),
            h("button", { class: "button quiet", onclick: signOut }, icon("exit"), h("span", {}, "Sign out")))),
        this.offline),
      this.content,
    );
  }

  #skip(event) {
    event.preventDefault();
    this.content.focus();
  }

  /** Say that nothing can be reached, or that it can be again. */
  showOffline(text) {
    this.offline.hidden = !text;
    if (text) setText(this.offline.querySelector("p"), text);
  }
}
