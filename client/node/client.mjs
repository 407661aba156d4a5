// What the package offers, on any platform. A platform is { send, readStream }: how to send a
// request with progress, and how to read a form that is a stream (where it can be).

import { LinegateError } from "./errors.mjs";
import { readForm } from "./form.mjs";
import { Requests } from "./requests.mjs";
import { DEFAULTS, Upload } from "./upload.mjs";

const OF_THE_BODY = ["content-length", "content-type", "transfer-encoding"];
const KEPT = ["x-request-id", "retry-after"];

export function makeClient({ send, readStream }) {
  function linegateFetch({ fetch = globalThis.fetch, ...options } = {}) {
    const begun = new WeakMap();
    const { directBytes } = { ...DEFAULTS, ...options };

    return async function linegate(input, init) {
      const filesUrl = filesUrlOf(input, init);
      const headers = new Headers(init?.headers);
      const form = filesUrl && (await readForm(init.body, headers.get("content-type"), readStream));
      if (!form) return fetch(input, init);
      try {
        for (const name of OF_THE_BODY) headers.delete(name);
        const requests = new Requests({ fetch, send, headers, signal: init.signal });
        const upload = new Upload({ requests, filesUrl, form, begun, options });
        const body = init.body instanceof FormData ? init.body : undefined;
        return responseOf(await upload.store(body));
      } catch (error) {
        if (!(error instanceof LinegateError)) throw error;
        return responseOf(serverError(error));
      } finally {
        await form.close();
      }
    };
  }

  async function upload(file, options) {
    return fileOf(await prepare(file, options).store());
  }

  async function resume(uploadId, file, options) {
    return fileOf(await prepare(file, options).resume(encodeURIComponent(uploadId)));
  }

  async function cancel(uploadId, options) {
    const url = `${trimmed(options.baseURL)}/uploads/${encodeURIComponent(uploadId)}/cancel`;
    const answer = await requestsOf(options).ask("POST", url);
    if (!answer.ok) throw LinegateError.of(answer);
    return answer.json;
  }

  function prepare(file, options) {
    const { baseURL, purpose = "batch", filename = file.name || "upload", expiresAfter } = options;
    const fields = { purpose };
    if (expiresAfter !== undefined) {
      fields["expires_after[anchor]"] = "created_at";
      fields["expires_after[seconds]"] = String(expiresAfter);
    }
    const filesUrl = `${trimmed(baseURL)}/files`;
    const form = { file, filename, fields, key: null };
    return new Upload({ requests: requestsOf(options), filesUrl, form, options: given(options) });
  }

  function requestsOf({ apiKey, signal, fetch = globalThis.fetch }) {
    const headers = new Headers({ authorization: `Bearer ${apiKey}` });
    return new Requests({ fetch, send, headers, signal });
  }

  return { linegateFetch, upload, resume, cancel };
}

/** An option that is undefined leaves the default as it is. */
function given(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function trimmed(baseURL) {
  return String(baseURL).replace(/\/+$/, "");
}

function fileOf(answer) {
  if (!answer.ok) throw LinegateError.of(answer);
  return answer.json;
}

/** Where files are, if this is a request to store one. */
function filesUrlOf(input, init) {
  if (init?.method?.toUpperCase() !== "POST" || !init.body || input instanceof Request) return null;
  const url = new URL(input);
  const path = url.pathname.replace(/\/+$/, "");
  return path.endsWith("/files") ? url.origin + path : null;
}

/** What an SDK retries. */
function serverError({ message, code }) {
  const shape = { message, type: "api_error", param: null, code };
  return { status: 502, headers: new Headers(), json: { error: shape, ...shape } };
}

function responseOf({ status, headers, json }) {
  const kept = KEPT.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]);
  return Response.json(json, { status, headers: kept });
}
