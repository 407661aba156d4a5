// A look at a file's lines before it is sent, in a worker, so that the page stays quick.

/* global CHECK_WORKER: the worker's file, named by the build */

const trusted = globalThis.trustedTypes?.createPolicy("console", {
  createScriptURL: (url) => {
    if (url !== workerUrl()) throw new TypeError(`This is not the worker: ${url}`);
    return url;
  },
});

/** What LineCheck found; null where the worker could not say. */
export function checkFile(file, rules, signal) {
  return new Promise((resolve, reject) => {
    const url = workerUrl();
    const worker = new Worker(trusted ? trusted.createScriptURL(url) : url);
    const end = (settle, value) => {
      signal.removeEventListener("abort", abort);
      worker.terminate();
      settle(value);
    };
    const abort = () => end(reject, signal.reason);
    worker.onmessage = ({ data }) => end(resolve, data);
    worker.onerror = () => end(resolve, null);
    signal.addEventListener("abort", abort);
    worker.postMessage({ file, rules });
  });
}

function workerUrl() {
  return new URL(CHECK_WORKER, import.meta.url).href;
}
