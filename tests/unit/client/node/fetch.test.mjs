// The fetch for openai-node, against a service in memory.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { test } from "node:test";

import { linegateFetch } from "../../../../client/node/index.mjs";
import { multipart } from "../../../../client/node/streamed_form.mjs";
import { BASE, CONTENT, DIRECT, Service } from "./service.mjs";

function form(content = CONTENT, name = "a.jsonl") {
  const made = new FormData();
  made.append("file", new File([content], name)); // openai-node sends the file first
  made.append("purpose", "batch");
  return made;
}

function post(service, body, { headers = {}, ...options } = {}) {
  const fetch = linegateFetch({ fetch: service.fetch, directBytes: DIRECT, ...options });
  const sent = { authorization: "Bearer lg_key", ...headers };
  return fetch(`${BASE}/files`, { method: "POST", headers: sent, body });
}

/** The body that openai-node makes of a stream. */
async function streamed(body) {
  const encoded = new Response(body);
  return { body: encoded.body, headers: { "content-type": encoded.headers.get("content-type") } };
}

test("a large file goes in parts and comes back as a file", async () => {
  const service = new Service();
  const response = await post(service, form());
  assert.equal(response.status, 200);
  assert.equal((await response.json()).status, "processed");
  assert.deepEqual(service.content, CONTENT);
  assert.equal(service.upload.filename, "a.jsonl");
  assert.equal(service.upload.purpose, "batch");
  assert.equal(service.routes[0], "POST /uploads");
});

test("a stream of the form does too, and leaves nothing behind", async () => {
  const before = (await readdir(tmpdir())).filter((name) => name.startsWith("linegate-"));
  const service = new Service();
  const { body, headers } = await streamed(form(CONTENT, 'ü "b".jsonl'));
  const response = await post(service, body, { headers });
  assert.equal((await response.json()).status, "processed");
  assert.deepEqual(service.content, CONTENT);
  assert.equal(service.upload.filename, 'ü "b".jsonl');
  const after = (await readdir(tmpdir())).filter((name) => name.startsWith("linegate-"));
  assert.deepEqual(after, before);
});

for (const size of [0, DIRECT - 1, DIRECT, DIRECT + 1]) {
  test(`a file of ${size} bytes goes in ${size > DIRECT ? "parts" : "one request"}`, async () => {
    for (const how of [(made) => ({ body: made }), streamed]) {
      const service = new Service();
      const content = Buffer.alloc(size, "x");
      const { body, headers } = await how(form(content));
      await post(service, body, { headers });
      assert.equal(service.routes[0], size > DIRECT ? "POST /uploads" : "POST /files");
      if (size <= DIRECT) {
        const sent = service.asked[0].form;
        assert.equal(sent.get("purpose"), "batch");
        assert.equal(sent.get("file").name, "a.jsonl");
        assert.deepEqual(Buffer.from(await sent.get("file").arrayBuffer()), content);
      }
    }
  });
}

test("a service with a lower limit gets parts", async () => {
  const service = new Service(({ route }) =>
    route === "POST /files" ? new Response("", { status: 413 }) : undefined,
  );
  await post(service, form(Buffer.alloc(DIRECT)));
  assert.equal(service.content.length, DIRECT);
});

test("the storage does not see the key", async () => {
  const service = new Service();
  await post(service, form(), { headers: { "x-private": "1" } });
  for (const { route, headers } of service.asked) {
    const toStorage = route.startsWith("PUT part ");
    assert.equal(headers.has("authorization"), !toStorage, route);
    assert.equal(headers.has("x-private"), !toStorage, route);
  }
});

test("a part that fails twice succeeds on the third try", async () => {
  let tries = 0;
  const service = new Service(({ route }) => {
    if (route !== "PUT part /2" || ++tries > 2) return undefined;
    if (tries === 1) throw new TypeError("fetch failed");
    return new Response("", { status: 503, headers: { "retry-after": "0" } });
  });
  assert.equal((await post(service, form())).status, 200);
  assert.equal(tries, 3);
  assert.deepEqual(service.content, CONTENT);
});

test("URLs that have ended are asked for anew, and only what is missing is sent", async () => {
  let tries = 0;
  const service = new Service(({ route }) =>
    route === "PUT part /3" && ++tries === 1 ? new Response("", { status: 403 }) : undefined,
  );
  assert.equal((await post(service, form())).status, 200);
  assert.equal(service.routes.filter((route) => route === "PUT part /1").length, 1);
  assert.deepEqual(service.content, CONTENT);
});

test("a part that is always refused is an error that says what to do", async () => {
  const service = new Service(({ route }) =>
    route === "PUT part /3" ? new Response("<Code>AccessDenied</Code>", { status: 403 }) : undefined,
  );
  const response = await post(service, form());
  assert.equal(response.status, 502);
  assert.match((await response.json()).message, /part 3.*AccessDenied.*upload the file again/);
});

test("the same form goes on where it failed", async () => {
  let broken = true;
  const service = new Service(({ route }) => {
    if (broken && route.endsWith("/complete")) return new Response("{}", { status: 400 });
    return undefined;
  });
  const fetch = linegateFetch({ fetch: service.fetch, directBytes: DIRECT });
  const init = { method: "POST", headers: { authorization: "Bearer lg_key" }, body: form() };
  assert.equal((await fetch(`${BASE}/files`, init)).status, 400);
  broken = false;
  service.asked = [];
  assert.equal((await fetch(`${BASE}/files`, init)).status, 200);
  assert.deepEqual(service.routes.slice(0, 2), [
    "GET /uploads/upload-1",
    "POST /uploads/upload-1/complete",
  ]);
});

test("invalid lines are refused as in one request, and nothing stays", async () => {
  const service = new Service();
  service.verdict = "error";
  service.errors = [{ code: "invalid_url", line: 3, message: "No.", param: "url" }];
  const response = await post(service, form());
  assert.equal(response.status, 400);
  const { error } = await response.json();
  assert.deepEqual([error.code, error.param, error.message], ["invalid_url", "url", "Bad."]);
  assert.deepEqual(error.errors.data, service.errors);
  assert.equal(service.routes.at(-1), "DELETE /files/file-1");
});

test("no wait asks nothing more than complete", async () => {
  const service = new Service();
  const response = await post(service, form(), { waitSeconds: 0 });
  assert.equal((await response.json()).status, "uploaded");
  assert.equal(service.looks, 0);
  assert.equal(response.headers.get("x-request-id"), "r1");
});

test("progress ends at all bytes", async () => {
  const seen = [];
  await post(new Service(), form(), { onProgress: (progress) => seen.push(progress) });
  const all = { filename: "a.jsonl", sentBytes: 2_500, heldBytes: 0, totalBytes: 2_500 };
  assert.deepEqual(seen.at(-1), all);
});

test("all else passes through as it came", async () => {
  const passed = [];
  const fetch = linegateFetch({
    fetch: async (...given) => (passed.push(given), new Response()),
  });
  const calls = [
    [`${BASE}/files`, { method: "GET" }],
    [`${BASE}/files`, undefined],
    [`${BASE}/uploads/upload-1/parts`, { method: "POST", body: form() }],
    [`${BASE}/files`, { method: "POST", body: "{}" }],
  ];
  for (const call of calls) await fetch(...call);
  assert.equal(passed.length, calls.length);
  for (const [index, call] of calls.entries()) assert.equal(passed[index][1], call[1]);
});

test("a form is read whatever the pieces it comes in", async () => {
  const body =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n' +
    "one\r\n--c\r\n\r\ntwo\r\n-\r\n--b\r\n" +
    'Content-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--b--\r\n';
  for (let size = 1; size < body.length; size++) {
    const pieces = [];
    for (let at = 0; at < body.length; at += size) pieces.push(Buffer.from(body.slice(at, at + size)));
    const fields = [];
    for await (const { header, data } of multipart(pieces, "b")) {
      if (header) fields.push("");
      else fields[fields.length - 1] += data.toString();
    }
    assert.deepEqual(fields, ["one\r\n--c\r\n\r\ntwo\r\n-", "batch"], `pieces of ${size}`);
  }
});

test("a form that is cut off is no file", async () => {
  const cut = async function* () {
    yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nhalf of it');
  };
  await assert.rejects(async () => {
    for await (const piece of multipart(cut(), "b")) assert.ok(piece);
  }, /ended in the middle/);
});
