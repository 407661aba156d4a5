// The first view: a key is pasted, tried, and kept for as long as the tab is open.

import { Api } from "./api.mjs";
import { fill, h, newId, setText } from "./dom.mjs";
import { icon, mark } from "./icons.mjs";
import { explain } from "./problem.mjs";
import { BASE_URL } from "./session.mjs";

/** Calls `signedIn` with a key that the service accepts and the limits that it answered. */
export function showSignIn(root, { reason = "", signedIn }) {
  document.title = "Sign in · Linegate";
  const [field, hint, error] = [newId("key"), newId("hint"), newId("error")];
  const input = h("input", {
    id: field,
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    placeholder: "lg_…",
    required: true,
    "aria-describedby": `${hint} ${error}`,
  });
  const said = h("p", { id: error, class: "form-error", role: "alert" }, reason);
  const reveal = h(
    "button",
    { type: "button", class: "button quiet", "aria-pressed": "false", onclick: toggle },
    "Show",
  );
  const submit = h("button", { type: "submit", class: "button primary wide" }, "Sign in");

  function toggle() {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shown));
    setText(reveal, shown ? "Hide" : "Show");
  }

  function refuse(text) {
    setText(said, text);
    input.setAttribute("aria-invalid", "true");
    input.focus();
    input.select();
  }

  async function attempt(event) {
    event.preventDefault();
    const key = input.value.trim();
    if (!/^[\x21-\x7e]+$/.test(key))
      return refuse("Paste an API key. It begins with lg_ and has no spaces.");
    submit.disabled = true;
    setText(submit, "Signing in…");
    try {
      signedIn(key, await new Api({ baseUrl: BASE_URL, key }).limits({ tries: 1 }));
    } catch (problem) {
      refuse(
        problem.status === 401
          ? "This API key was rejected: it is unknown, revoked or expired."
          : explain(problem),
      );
    } finally {
      submit.disabled = false;
      setText(submit, "Sign in");
    }
  }

  fill(
    root,
    h(
      "main",
      { class: "sign-in" },
      h(
        "form",
        { class: "card", onsubmit: attempt, novalidate: true },
        h("div", { class: "brand large" }, mark(), h("span", {}, "Linegate")),
        h("h1", {}, "Sign in to your files"),
        h("label", { for: field }, "API key"),
        h("div", { class: "field" }, icon("key"), input, reveal),
        said,
        submit,
        h(
          "p",
          { id: hint, class: "hint" },
          "The key stays in this tab until you close it or sign out, and is sent only to ",
          h("span", { class: "nowrap" }, new URL(BASE_URL).host),
          ".",
        ),
      ),
    ),
  );
  input.focus();
}
