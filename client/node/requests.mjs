// Requests, repeated where that helps, as { ok, status, headers, json, text }.

const TRIES = 5;
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 8_000;
const STALLED_MS = 60_000;
const REPEATED = new Set([408, 429, 500, 502, 503, 504]);

/** Of a platform: one request, with `onSent` called with how many bytes of the body have gone. */
export async function sendByFetch(fetch, url, init) {
  const response = await fetch(url, { redirect: "manual", ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export class Requests {
  /** `send` is the platform's; `headers` are for the service alone. */
  constructor({ fetch, send, headers, signal }) {
    Object.assign(this, { fetch, send, headers, signal });
  }

  /** One request to the service, with a JSON body if there are fields. */
  ask(method, url, fields, tries) {
    const body = fields && JSON.stringify(fields);
    const headers = new Headers(this.headers);
    if (body) headers.set("content-type", "application/json");
    return this.repeat(url, { method, headers, body }, undefined, tries);
  }

  /** A form to the service. */
  post(url, form, onSent) {
    return this.repeat(url, { method: "POST", headers: this.headers, body: form }, onSent, 1);
  }

  /** A part to the storage. Its URL is its permission: no header of the service's goes there. */
  put(url, body, onSent) {
    return this.repeat(url, { method: "PUT", body }, onSent);
  }

  async repeat(url, init, onSent, tries = TRIES) {
    for (let made = 1; ; made++) {
      let answer;
      try {
        answer = await this.try(url, init, onSent);
        if (!REPEATED.has(answer.status) || made === tries) return answer;
      } catch (error) {
        this.signal?.throwIfAborted();
        if (made === tries) throw error;
      }
      onSent?.(0);
      const named = Number(answer?.headers.get("retry-after") ?? Number.NaN) * 1_000;
      const doubled = FIRST_DELAY_MS * 2 ** (made - 1) * (0.75 + Math.random() / 2);
      await this.sleep(Math.min(named >= 0 ? named : doubled, LONGEST_DELAY_MS));
    }
  }

  /** Once; a body that does not move for a minute is given up. */
  async try(url, init, onSent) {
    this.signal?.throwIfAborted();
    if (!onSent) return parsed(await this.send(this.fetch, url, { ...init, signal: this.signal }));
    const stalled = new AbortController();
    const signals = [stalled.signal, this.signal].filter(Boolean);
    let timer;
    let ended = false;
    const watch = () => {
      clearTimeout(timer);
      if (ended) return; // the last bytes may be reported late
      timer = setTimeout(() => stalled.abort(new TypeError("The connection stalled.")), STALLED_MS);
    };
    const moved = (bytes) => {
      watch();
      if (!ended && !this.signal?.aborted) onSent(bytes);
    };
    watch();
    try {
      const watched = { ...init, signal: AbortSignal.any(signals) };
      return parsed(await this.send(this.fetch, url, watched, moved));
    } finally {
      ended = true;
      clearTimeout(timer);
    }
  }

  sleep(ms) {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      if (signal?.aborted) abort();
      signal?.addEventListener("abort", abort, { once: true });
    });
  }
}

function parsed({ status, headers, text }) {
  let json = {};
  try {
    json = JSON.parse(text) ?? {};
  } catch {
    // The storage answers in XML.
  }
  return { ok: status >= 200 && status < 300, status, headers, json, text };
}
