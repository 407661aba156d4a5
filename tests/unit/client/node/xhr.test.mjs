// A browser's XMLHttpRequest sends the parts: progress within a part, pause, and failures.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { resume, upload } from "../../../../client/node/browser.mjs";
import { BASE, CONTENT, DIRECT, PART, Service } from "./service.mjs";

const FILE = new File([CONTENT], "a.jsonl");
const STEPS = 4;
const own = globalThis.fetch;
let service;
let hold;

/** As a browser's: it reports the body in steps, and may stop halfway for the test. */
class FakeXhr {
  upload = {};
  sentHeaders = {};
  aborted = new AbortController();

  open(method, url) {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name, value) {
    this.sentHeaders[name] = value;
  }

  getAllResponseHeaders() {
    return [...this.answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  }

  abort() {
    this.aborted.abort();
    this.onabort();
    this.onloadend();
  }

  async send(body) {
    for (let step = 1; step <= STEPS; step++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (this.aborted.signal.aborted) return;
      this.upload.onprogress({ loaded: Math.floor((body.size * step) / STEPS) });
      if (hold?.(this, step)) return;
    }
    try {
      const { method, sentHeaders } = this;
      this.answer = await service.fetch(this.url, { method, headers: sentHeaders, body });
      this.status = this.answer.status;
      this.responseText = await this.answer.text();
    } catch {
      this.onerror();
      return this.onloadend();
    }
    this.onload();
    this.onloadend();
  }
}

beforeEach(() => {
  service = new Service();
  hold = undefined;
  globalThis.fetch = (...given) => service.fetch(...given);
  globalThis.XMLHttpRequest = FakeXhr;
});
afterEach(() => {
  globalThis.fetch = own;
  delete globalThis.XMLHttpRequest;
});

function options(more) {
  return { baseURL: BASE, apiKey: "lg_key", directBytes: DIRECT, ...more };
}

test("progress moves within a part and never beyond the file", async () => {
  const seen = [];
  const onProgress = ({ sentBytes }) => seen.push(sentBytes);
  await upload(FILE, options({ onProgress, parallel: 1 }));
  assert.deepEqual(service.content, CONTENT);
  assert.deepEqual(seen.slice(0, 5), [250, 500, 750, 1_000, 1_250]);
  assert.equal(seen.at(-1), CONTENT.length);
  assert.deepEqual(seen, [...seen].sort((a, b) => a - b));
  const parts = service.asked.filter(({ route }) => route.startsWith("PUT part "));
  for (const { headers } of parts) assert.ok(!headers.has("authorization"));
});

test("pausing within a part ends it, and what has arrived is kept", async () => {
  const pause = new AbortController();
  hold = (xhr, step) => {
    if (!xhr.url.endsWith("/2") || step < 2) return false;
    pause.abort();
    return true;
  };
  await assert.rejects(upload(FILE, options({ signal: pause.signal, parallel: 1 })), {
    name: "AbortError",
  });
  assert.deepEqual([...service.held.keys()], [1]);
  hold = undefined;
  const seen = [];
  const onProgress = ({ sentBytes, heldBytes }) => seen.push([sentBytes, heldBytes]);
  const file = await resume("upload-1", FILE, options({ onProgress }));
  assert.equal(file.status, "processed");
  assert.deepEqual(seen[0], [PART, PART]);
});

test("a part whose connection fails is sent again, and does not count twice", async () => {
  let tries = 0;
  service.trouble = ({ route }) => {
    if (route === "PUT part /2" && ++tries === 1) throw new TypeError("reset");
  };
  const seen = [];
  await upload(FILE, options({ onProgress: ({ sentBytes }) => seen.push(sentBytes) }));
  assert.equal(tries, 2);
  assert.equal(seen.at(-1), CONTENT.length);
  assert.ok(Math.max(...seen) <= CONTENT.length);
});
