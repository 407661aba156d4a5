// A question before something that cannot be undone.

import { fill, h, newId } from "./dom.mjs";
import { count, counted } from "./format.mjs";
import { visible } from "./names.mjs";
import { removeDialog } from "./toast.mjs";

const LISTED = 8;

/** Whether the person says yes. `files` are named, the first of them. */
export function confirmDelete(files) {
  const [title, text] = [newId("title"), newId("text")];
  const several = files.length > 1;
  const yes = h(
    "button",
    { class: "button danger", value: "yes" },
    several ? `Delete ${counted(files.length, "file")}` : "Delete",
  );
  const no = h("button", { class: "button", value: "no", autofocus: true }, "Cancel");
  const rest = files.length - LISTED;
  const names = files
    .slice(0, LISTED)
    .map(({ filename }) => h("li", {}, h("bdi", {}, visible(filename))));
  const dialog = h(
    "dialog",
    { class: "confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": text },
    h(
      "form",
      { method: "dialog" },
      h(
        "h2",
        { id: title },
        several ? `Delete ${counted(files.length, "file")}?` : "Delete this file?",
      ),
      h(
        "p",
        { id: text },
        "This deletes them for everyone who uses this account. It cannot be undone.",
      ),
      h("ul", {}, names, rest > 0 && h("li", {}, `and ${count(rest)} more`)),
      h("div", { class: "buttons" }, no, yes),
    ),
  );
  if (!several)
    fill(
      dialog.querySelector("p"),
      "This deletes it for everyone who uses this account. It cannot be undone.",
    );
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      removeDialog(dialog);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close("no"));
    document.body.append(dialog);
    dialog.showModal();
  });
}
