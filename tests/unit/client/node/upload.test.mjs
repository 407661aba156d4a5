// upload, resume and cancel, as Node and as a browser have them, against a service in memory.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";

import * as browser from "../../../../client/node/browser.mjs";
import * as node from "../../../../client/node/index.mjs";
import { BASE, CONTENT, DIRECT, Service } from "./service.mjs";

const commonjs = createRequire(import.meta.url)("../../../../client/node/index.cjs");
const FILE = new File([CONTENT], "größe.jsonl");
const PLATFORMS = Object.entries({ node, browser, commonjs });

function options(service, more = {}) {
  const { fetch } = service;
  return { baseURL: `${BASE}/`, apiKey: "lg_key", fetch, directBytes: DIRECT, ...more };
}

for (const [platform, { upload, resume, cancel, LinegateError }] of PLATFORMS) {
  test(`${platform}: a large file goes in parts, and its upload is announced`, async () => {
    const service = new Service();
    const begun = [];
    const more = { expiresAfter: 3_600, md5: "abc", onBegin: ({ id }) => begun.push(id) };
    const file = await upload(FILE, options(service, more));
    assert.equal(file.status, "processed");
    assert.deepEqual(service.content, CONTENT);
    assert.deepEqual(begun, ["upload-1"]);
    const { filename, purpose, bytes, expires_after, md5 } = service.upload;
    assert.deepEqual([filename, purpose, bytes], ["größe.jsonl", "batch", CONTENT.length]);
    assert.deepEqual(expires_after, { anchor: "created_at", seconds: 3_600 });
    assert.equal(md5, "abc");
  });

  test(`${platform}: a small file goes in one request`, async () => {
    const service = new Service();
    const small = new File(["{}"], "a.jsonl");
    const seen = [];
    const more = { expiresAfter: 3_600, onProgress: (progress) => seen.push(progress) };
    assert.equal((await upload(small, options(service, more))).id, "file-direct");
    assert.deepEqual(service.routes, ["POST /files"]);
    const { form, headers } = service.asked[0];
    assert.equal(form.get("purpose"), "batch");
    assert.equal(form.get("expires_after[seconds]"), "3600");
    assert.equal(await form.get("file").text(), "{}");
    assert.equal(headers.get("authorization"), "Bearer lg_key");
    assert.deepEqual(seen.at(-1), {
      filename: "a.jsonl",
      sentBytes: 2,
      heldBytes: 0,
      totalBytes: 2,
    });
  });

  test(`${platform}: a paused upload resumes with what is missing`, async () => {
    const pause = new AbortController();
    const service = new Service(({ route }) => {
      if (route !== "PUT part /2") return undefined;
      pause.abort(new Error("paused"));
      return new Promise((_, reject) => reject(pause.signal.reason));
    });
    const { signal } = pause;
    await assert.rejects(upload(FILE, options(service, { signal, parallel: 1 })), /paused/);
    assert.deepEqual([...service.held.keys()], [1]);
    assert.ok(!service.routes.some((route) => route.endsWith("/complete")));

    service.trouble = () => undefined;
    service.asked = [];
    const seen = [];
    const more = { onProgress: (progress) => seen.push(progress) };
    const file = await resume("upload-1", FILE, options(service, more));
    assert.equal(file.status, "processed");
    assert.deepEqual(service.content, CONTENT);
    assert.equal(service.routes[0], "GET /uploads/upload-1");
    assert.ok(!service.routes.includes("PUT part /1"));
    assert.deepEqual([seen[0].sentBytes, seen[0].heldBytes], [1_000, 1_000]);
    assert.equal(seen.at(-1).sentBytes, CONTENT.length);
  });

  test(`${platform}: an upload that is complete already resumes to its file`, async () => {
    const service = new Service();
    const { id } = await upload(FILE, options(service));
    service.asked = [];
    assert.equal((await resume("upload-1", FILE, options(service))).id, id);
    assert.ok(!service.routes.some((route) => route.startsWith("PUT")));
  });

  test(`${platform}: another file does not resume it`, async () => {
    const service = new Service();
    service.upload = { id: "upload-1", status: "pending", bytes: CONTENT.length };
    const other = new File(["x"], "other.jsonl");
    await assert.rejects(resume("upload-1", other, options(service)), (error) => {
      assert.ok(error instanceof LinegateError);
      assert.equal(error.code, "another_file");
      assert.match(error.message, /1 bytes.*2500/);
      return true;
    });
  });

  test(`${platform}: a cancelled upload does not resume`, async () => {
    const service = new Service();
    service.upload = { id: "upload-1", status: "pending", bytes: CONTENT.length };
    assert.equal((await cancel("upload-1", options(service))).status, "cancelled");
    await assert.rejects(resume("upload-1", FILE, options(service)), { code: "upload_ended" });
  });

  test(`${platform}: a refusal carries what the service answered`, async () => {
    const refused = {
      error: { message: "Two.", type: "invalid_request_error", param: "url", code: "invalid_url" },
    };
    refused.error.error_count = 2;
    refused.error.errors = { object: "list", data: [{ line: 1 }, { line: 2 }] };
    const headers = { "x-request-id": "r1" };
    const service = new Service(() => Response.json(refused, { status: 400, headers }));
    await assert.rejects(upload(new File(["{}"], "a.jsonl"), options(service)), (error) => {
      assert.ok(error instanceof LinegateError && error instanceof Error);
      const { message, status, code, param, errors, errorCount, requestId } = error;
      assert.deepEqual([message, status, code, param], ["Two.", 400, "invalid_url", "url"]);
      assert.deepEqual([errors.length, errorCount, requestId], [2, 2, "r1"]);
      return true;
    });
  });
}

test("an ordinary error is no LinegateError", () => {
  for (const [, { LinegateError }] of PLATFORMS) {
    assert.ok(!(new TypeError("x") instanceof LinegateError));
    assert.ok(!(null instanceof LinegateError));
  }
});

test("all entries offer the same", () => {
  const names = Object.keys(node).sort();
  assert.deepEqual(names, ["LinegateError", "cancel", "linegateFetch", "resume", "upload"]);
  assert.deepEqual(Object.keys(browser).sort(), names);
  assert.deepEqual(Object.keys(commonjs).sort(), names);
});

test("nothing that a browser loads imports anything of Node's", async () => {
  const folder = new URL("../../../../client/node/", import.meta.url);
  const seen = new Set();
  const visit = async (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = await readFile(new URL(name, folder), "utf8");
    for (const [, imported] of text.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
      assert.match(imported, /^\.\//, `${name} imports ${imported}`);
      await visit(imported);
    }
    assert.doesNotMatch(text, /\b(process|Buffer|require)\b[.(]/, name);
  };
  await visit("browser.mjs");
  assert.ok(seen.has("./upload.mjs") && !seen.has("./streamed_form.mjs"));
});
