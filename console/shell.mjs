// The frame around the signed-in views: brand, whose key it is, signing out, and being offline.

import { fill, h, setText } from "./dom.mjs";
import { icon, mark } from "./icons.mjs";
import { masked } from "./session.mjs";

export class Shell {
  constructor(root, { key, version, signOut }) {
    this.content = h("main", { id: "content", tabindex: "-1" });
    this.views = new Map();
    this.navigation = h("nav", { "aria-label": "Views", hidden: true });
    this.offline = h(
      "div",
      { class: "banner", role: "alert", hidden: true },
      icon("plug"),
      h("p", {}),
    );
    fill(
      root,
      h(
        "a",
        { class: "skip", href: "#content", onclick: (event) => this.#skip(event) },
        "Skip to the files",
      ),
      h(
        "header",
        { class: "frame" },
        h(
          "div",
          { class: "top" },
          h(
            "div",
            { class: "brand" },
            mark(),
            h("span", {}, "Linegate"),
            h("span", { class: "version" }, version),
          ),
          this.navigation,
          h(
            "div",
            { class: "account" },
            h("span", { class: "key", title: "The API key in use" }, icon("key"), masked(key)),
            h(
              "button",
              { class: "button quiet", onclick: signOut },
              icon("exit"),
              h("span", {}, "Sign out"),
            ),
          ),
        ),
        this.offline,
      ),
      this.content,
    );
  }

  #skip(event) {
    event.preventDefault();
    this.content.focus();
  }

  /** A view by its name; the first one is shown. The way between them appears with the second. */
  addView(name, element) {
    const address = `#${name.toLowerCase()}`;
    const link = h("a", { href: address }, name);
    this.views.set(address, { name, element, link });
    this.navigation.append(link);
    this.navigation.hidden = this.views.size < 2;
    this.content.append(element);
    this.show(this.current ?? address);
  }

  /** Show the view of an address; any other address leaves the view as it is. */
  show(address) {
    if (!this.views.has(address)) return;
    this.current = address;
    for (const [own, { name, element, link }] of this.views) {
      const shown = own === address;
      element.hidden = !shown;
      if (shown) {
        document.title = `${name} · Linegate`;
        link.setAttribute("aria-current", "page");
      } else link.removeAttribute("aria-current");
    }
  }

  /** Say that nothing can be reached, or that it can be again. */
  showOffline(text) {
    this.offline.hidden = !text;
    if (text) setText(this.offline.querySelector("p"), text);
  }
}
