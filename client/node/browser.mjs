// The package for browsers, without anything of Node's. XMLHttpRequest is what tells how much of a
// body has gone: no browser's fetch does.

import { makeClient } from "./client.mjs";
import { sendByFetch } from "./requests.mjs";

export { LinegateError } from "./errors.mjs";
export const { linegateFetch, upload, resume, cancel } = makeClient({ send });

function send(fetch, url, init, onSent) {
  const own = fetch === globalThis.fetch && globalThis.XMLHttpRequest;
  return own && onSent ? sendByXhr(url, init, onSent) : sendByFetch(fetch, url, init);
}

function sendByXhr(url, { method, headers, body, signal }, onSent) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open(method, url);
    for (const [name, value] of new Headers(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () =>
      resolve({ status: request.status, headers: headersOf(request), text: request.responseText });
    request.onerror = () => reject(new TypeError("The connection failed."));
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener("abort", abort);
    signal.addEventListener("abort", abort);
    request.send(body);
  });
}

function headersOf(request) {
  const headers = new Headers();
  for (const line of request.getAllResponseHeaders().trim().split(/\r?\n/)) {
    const [name, ...value] = line.split(":");
    if (name) headers.append(name, value.join(":").trim());
  }
  return headers;
}
