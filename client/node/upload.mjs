// A file in parts: begun, sent, completed, and its lines judged. The same steps as in Python's
// linegate.transfer, where their reasons are.

import { setTimeout } from "node:timers/promises";

const TRIES = 5;
const ROUNDS = 3;
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 8_000;
const REPEATED = new Set([408, 429, 500, 502, 503, 504]);

/** An error that says in a sentence what failed and what to do. */
export class UploadFailed extends Error {}

export class Upload {
  /** `begun` is a WeakMap from a file to the upload that it has begun. */
  constructor({ fetch, filesUrl, headers, signal, form, begun, options }) {
    Object.assign(this, { fetch, filesUrl, headers, signal, form, begun, options });
    this.uploadsUrl = filesUrl.replace(/\/files$/, "/uploads");
  }

  /** The answer that `POST /files` would give if it took files of this size. */
  async store() {
    let answer = await this.begin();
    for (let round = ROUNDS; answer.ok && answer.json.status === "pending"; round--) {
      const { id } = answer.json;
      const refused = await this.sendMissing(answer.json);
      if (!refused) {
        answer = await this.ask("POST", `${this.uploadsUrl}/${id}/complete`, {});
        break;
      }
      if (round === 1) throw refused;
      answer = await this.ask("GET", `${this.uploadsUrl}/${id}`);
    }
    if (!answer.ok || !answer.json.file) return answer;
    const judged = await this.judge({ ...answer, status: 200, json: answer.json.file });
    this.forget();
    return judged;
  }

  async begin() {
    const known = this.form.key && this.begun.get(this.form.key);
    if (known?.filesUrl === this.filesUrl && known.key === this.headers.get("authorization")) {
      const answer = await this.ask("GET", `${this.uploadsUrl}/${known.id}`);
      if (answer.ok && ["pending", "completed"].includes(answer.json.status)) return answer;
      if (!answer.ok && answer.status !== 404) return answer;
      this.forget();
    }
    const { file, filename } = this.form;
    const fields = { filename, bytes: file.size, ...uploadFields(this.form.fields) };
    const answer = await this.ask("POST", this.uploadsUrl, fields, 1);
    if (answer.ok && this.form.key) {
      const key = this.headers.get("authorization");
      this.begun.set(this.form.key, { id: answer.json.id, filesUrl: this.filesUrl, key });
    }
    return answer;
  }

  forget() {
    if (this.form.key) this.begun.delete(this.form.key);
  }

  /** Null, or why the storage did not take a part. */
  async sendMissing({ multipart }) {
    if (!multipart) throw new UploadFailed(`${this.uploadsUrl} gives no URLs to send parts to.`);
    const { file, filename } = this.form;
    const left = multipart.parts.values();
    let missingBytes = multipart.parts.reduce((sum, part) => sum + part.bytes, 0);
    let refused = null;
    let failed = false;
    const work = async () => {
      for (const part of left) {
        if (failed) return;
        const start = (part.part_number - 1) * multipart.part_size;
        const body = file.slice(start, start + part.bytes);
        try {
          const answer = await this.answered(part.url, { method: "PUT", body });
          refused ??= answer.ok ? null : refusal(part, answer);
        } catch (error) {
          failed = true;
          throw error;
        }
        missingBytes -= part.bytes;
        const progress = { filename, sentBytes: file.size - missingBytes, totalBytes: file.size };
        this.options.onProgress?.(progress);
      }
    };
    const workers = Array.from({ length: this.options.parallel }, work);
    const ended = await Promise.allSettled(workers);
    const lost = ended.find(({ status }) => status === "rejected");
    if (lost) throw lost.reason;
    return refused;
  }

  /** The file once it is checked; or 400 with its errors, and it is deleted. */
  async judge(answer) {
    const endsAt = Date.now() + this.options.waitSeconds * 1_000;
    const url = `${this.filesUrl}/${answer.json.id}`;
    let delay = 100;
    while (answer.ok && answer.json.status === "uploaded" && Date.now() < endsAt) {
      await this.sleep(delay);
      delay = Math.min(delay * 1.5, 2_000);
      answer = await this.ask("GET", url);
    }
    if (!answer.ok || answer.json.status !== "error") return answer;
    const report = await this.ask("GET", `${url}/validation`);
    await this.ask("DELETE", url);
    return { ...answer, ok: false, status: 400, json: refusalOf(answer.json, report.json) };
  }

  /** One request to the service, as { ok, status, headers, json }. */
  ask(method, url, fields, tries) {
    const body = fields && JSON.stringify(fields);
    const headers = new Headers(this.headers);
    if (body) headers.set("content-type", "application/json");
    return this.answered(url, { method, headers, body }, tries);
  }

  /** What is given is all that is sent: a request to the storage has no headers of the service's. */
  async answered(url, init, tries = TRIES) {
    for (let made = 1; ; made++) {
      let response;
      try {
        response = await this.fetch(url, { ...init, signal: this.signal, redirect: "manual" });
        const text = await response.text();
        if (!REPEATED.has(response.status) || made === tries) return answerOf(response, text);
      } catch (error) {
        if (made === tries || this.signal?.aborted) throw error;
      }
      const named = Number(response?.headers.get("retry-after") ?? Number.NaN) * 1_000;
      const doubled = FIRST_DELAY_MS * 2 ** (made - 1) * (0.75 + Math.random() / 2);
      await this.sleep(Math.min(named >= 0 ? named : doubled, LONGEST_DELAY_MS));
    }
  }

  async sleep(ms) {
    await setTimeout(ms, undefined, { signal: this.signal ?? undefined });
  }
}

function answerOf(response, text) {
  let json = {};
  try {
    json = JSON.parse(text) ?? {};
  } catch {
    // The storage answers in XML.
  }
  return { ok: response.ok, status: response.status, headers: response.headers, json, text };
}

function refusal(part, { status, text }) {
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? "";
  return new UploadFailed(
    `The storage refused part ${part.part_number} of the file (${status} ${code}). ` +
      "The parts that it has taken are kept: upload the file again to go on from there.",
  );
}

function uploadFields(fields) {
  const { purpose, "expires_after[anchor]": anchor, "expires_after[seconds]": seconds } = fields;
  if (anchor === undefined && seconds === undefined) return { purpose };
  return { purpose, expires_after: { anchor, seconds: Number(seconds) } };
}

function refusalOf(file, report) {
  const errors = report.errors ?? { object: "list", data: [] };
  const { code = "invalid_value", param = null } = errors.data[0] ?? {};
  const message = file.status_details ?? "The file's lines are not valid.";
  const shape = { message, type: "invalid_request_error", param, code };
  return { error: { ...shape, error_count: report.error_count, errors }, ...shape };
}
