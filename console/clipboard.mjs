// Copying, and saying so.

import { toast } from "./toast.mjs";

/** `what` is named in the message: `3 ids`. */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}.`);
  } catch {
    toast(`Your browser did not let this page copy ${what}.`, "error");
  }
}
