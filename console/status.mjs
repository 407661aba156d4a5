// The states of a file, in words and with a mark that does not depend on colour.

import { h } from "./dom.mjs";
import { icon } from "./icons.mjs";

export const STATUSES = {
  uploaded: { label: "Checking", icon: "clock", kind: "waiting" },
  processed: { label: "Valid", icon: "check", kind: "good" },
  error: { label: "Invalid", icon: "alert", kind: "bad" },
  expired: { label: "Expired", icon: "clock", kind: "over" },
};

export function badge(status) {
  const {
    label,
    icon: name,
    kind,
  } = STATUSES[status] ?? { label: status, icon: "file", kind: "over" };
  return h("span", { class: `badge ${kind}` }, icon(name), label);
}
