// What the account holds of its quotas.

import { h, setText } from "./dom.mjs";
import { bytes, count } from "./format.mjs";

const ROWS = [
  ["files", "Files", count],
  ["bytes", "Storage", bytes],
  ["pending_uploads", "Uploads in progress", count],
];
const NEARLY = 0.8;

export class Usage {
  constructor() {
    this.meters = ROWS.map(([field, label, shown]) => new Meter(field, label, shown));
    this.element = h(
      "section",
      { class: "usage", "aria-label": "Usage of your account" },
      this.meters.map(({ element }) => element),
    );
  }

  show({ usage, quotas }) {
    for (const meter of this.meters) meter.show(usage[meter.field], quotas[meter.field]);
  }
}

class Meter {
  constructor(field, label, shown) {
    Object.assign(this, { field, shown });
    this.value = h("strong", {}, "–");
    this.of = h("span", { class: "of" }, "");
    this.bar = h("div", { class: "bar-fill" });
    this.track = h(
      "div",
      { class: "bar", role: "meter", "aria-label": label, "aria-valuemin": "0" },
      this.bar,
    );
    this.element = h(
      "div",
      { class: "meter" },
      h("span", { class: "label" }, label),
      h("p", {}, this.value, this.of),
      this.track,
    );
  }

  show(used, quota) {
    const share = Math.min(used / quota, 1);
    setText(this.value, this.shown(used));
    setText(this.of, ` of ${this.shown(quota)}`);
    this.track.setAttribute("aria-valuemax", quota);
    this.track.setAttribute("aria-valuenow", Math.min(used, quota));
    this.track.setAttribute("aria-valuetext", `${this.shown(used)} of ${this.shown(quota)}`);
    this.bar.style.width = `${used > 0 ? Math.max(share * 100, 1) : 0}%`;
    this.element.classList.toggle("nearly", share >= NEARLY);
  }
}
