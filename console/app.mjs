// Sign in, or show the files of whoever is signed in.

import { Api } from "./api.mjs";
import { explain } from "./problem.mjs";
import { BASE_URL, forget, keep, storedKey } from "./session.mjs";
import { Shell } from "./shell.mjs";
import { showSignIn } from "./sign_in.mjs";
import { SignedIn } from "./signed_in.mjs";

const root = document.getElementById("app");
let view = null;

function signOut(reason) {
  forget();
  view?.close();
  view = null;
  history.replaceState(null, "", location.pathname);
  showSignIn(root, { reason, signedIn: enter });
}

function enter(key, limits) {
  keep(key);
  const shell = new Shell(root, { key, version: limits.version, signOut: () => signOut("") });
  const api = new Api({
    baseUrl: BASE_URL,
    key,
    onAnswer: () => shell.showOffline(""),
    onProblem: (problem) => {
      if (problem.status === 401) signOut(explain(problem));
      if (problem.status === 0) shell.showOffline(explain(problem));
    },
  });
  view = new SignedIn(shell, api, limits);
}

async function start() {
  const key = storedKey();
  if (!key) return signOut("");
  try {
    enter(key, await new Api({ baseUrl: BASE_URL, key }).limits());
  } catch (problem) {
    if (problem.status === 401) signOut(explain(problem));
    else showSignIn(root, { reason: explain(problem), signedIn: enter });
  }
}

start();
