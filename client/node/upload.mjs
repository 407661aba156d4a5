// A file is uploaded: in one request where it fits, else in parts, and then its lines are checked.
// The same steps as in Python's linegate.transfer.upload, where their reasons are.

import { LinegateError } from "./errors.mjs";
import { makeForm } from "./form.mjs";

export const DEFAULTS = {
  waitSeconds: 60,
  parallel: 3,
  directBytes: 4 * 1024 * 1024,
};

const ROUNDS = 3;
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;

export class Upload {
  /**
   * `form` is what is stored: { file, filename, fields }. `begun` is a Map or WeakMap from a form's
   * key to the upload that it has begun; without a key, nothing is remembered.
   */
  constructor({ requests, filesUrl, form, begun, options }) {
    Object.assign(this, { requests, filesUrl, form, begun, options: { ...DEFAULTS, ...options } });
    this.uploadsUrl = filesUrl.replace(/\/files$/, "/uploads");
    this.sent = new Map();
    this.heldBytes = 0;
  }

  /** The answer of `POST /files`, or what it would be if it took files of this size. */
  async store(body) {
    if (this.form.file.size <= this.options.directBytes) {
      const answer = await this.sendDirect(body ?? makeForm(this.form));
      if (answer.status !== 413) return answer;
    }
    return this.sendParts(await this.begin());
  }

  /** As store, of an upload that exists. */
  async resume(id) {
    const answer = await this.requests.ask("GET", `${this.uploadsUrl}/${id}`);
    const { file } = this.form;
    if (answer.ok && answer.json.bytes !== file.size) {
      const sizes = `${file.size} bytes, and upload ${id} is of ${answer.json.bytes}`;
      throw new LinegateError(`This file has ${sizes}: choose the file that it began with.`, {
        code: "another_file",
      });
    }
    if (answer.ok && answer.json.status !== "completed" && !canResume(answer.json)) {
      throw new LinegateError(`Upload ${id} is ${answer.json.status}: upload the file again.`, {
        code: "upload_ended",
      });
    }
    return this.sendParts(answer);
  }

  async sendDirect(form) {
    const { size } = this.form.file;
    const whole = (bytes) => this.count(1, Math.min(bytes, size));
    const answer = await this.requests.post(this.filesUrl, form, whole);
    this.count(1, answer.ok ? size : 0);
    return answer;
  }

  async sendParts(answer) {
    for (let round = ROUNDS; answer.ok && answer.json.status === "pending"; round--) {
      const { id } = answer.json;
      const refused = await this.sendMissing(answer.json);
      if (!refused) {
        const { md5 } = this.options;
        const url = `${this.uploadsUrl}/${id}/complete`;
        answer = await this.requests.ask("POST", url, md5 ? { md5 } : {});
        break;
      }
      if (round === 1) throw refused;
      answer = await this.requests.ask("GET", `${this.uploadsUrl}/${id}`);
    }
    if (!answer.ok || !answer.json.file) return answer;
    const checked = await this.waitForVerdict({ ...answer, status: 200, json: answer.json.file });
    this.forget();
    return checked;
  }

  async begin() {
    const known = this.form.key && this.begun.get(this.form.key);
    if (known && known.origin === this.origin) {
      const answer = await this.requests.ask("GET", `${this.uploadsUrl}/${known.id}`);
      if (answer.ok && (answer.json.status === "completed" || canResume(answer.json))) {
        return answer;
      }
      if (!answer.ok && answer.status !== 404) return answer;
      this.forget();
    }
    const { file, filename, fields } = this.form;
    const asked = { filename, bytes: file.size, ...uploadFields(fields) };
    const answer = await this.requests.ask("POST", this.uploadsUrl, asked, 1);
    if (answer.ok) {
      const { id } = answer.json;
      if (this.form.key) this.begun.set(this.form.key, { id, origin: this.origin });
      this.options.onBegin?.(answer.json);
    }
    return answer;
  }

  /** Another service or caller cannot resume what this one began. */
  get origin() {
    return `${this.filesUrl} ${this.requests.headers.get("authorization")}`;
  }

  forget() {
    if (this.form.key) this.begun.delete(this.form.key);
  }

  /** Null, or why the storage did not take a part. */
  async sendMissing({ multipart }) {
    if (!multipart) {
      throw new LinegateError(`${this.uploadsUrl} gives no URLs to send parts to.`, {
        code: "no_part_urls",
      });
    }
    const { file } = this.form;
    const missingBytes = multipart.parts.reduce((sum, part) => sum + part.bytes, 0);
    this.sent.clear();
    this.heldBytes = file.size - missingBytes;
    if (this.heldBytes) this.report();
    const left = multipart.parts.values();
    let refused = null;
    let failed = false;
    const work = async () => {
      for (const part of left) {
        if (failed) return;
        const number = part.part_number;
        const start = (number - 1) * multipart.part_size;
        const body = file.slice(start, start + part.bytes);
        try {
          const sent = (bytes) => this.count(number, Math.min(bytes, part.bytes));
          const answer = await this.requests.put(part.url, body, sent);
          this.count(number, answer.ok ? part.bytes : 0);
          refused ??= answer.ok ? null : refusal(part, answer);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    const workers = Array.from({ length: this.options.parallel }, work);
    const ended = await Promise.allSettled(workers);
    const lost = ended.find(({ status }) => status === "rejected");
    if (lost) throw lost.reason;
    return refused;
  }

  count(number, bytes) {
    if ((this.sent.get(number) ?? 0) === bytes) return;
    this.sent.set(number, bytes);
    this.report();
  }

  report() {
    const { file, filename } = this.form;
    let sentBytes = this.heldBytes;
    for (const bytes of this.sent.values()) sentBytes += bytes;
    const { heldBytes } = this;
    this.options.onProgress?.({ filename, sentBytes, heldBytes, totalBytes: file.size });
  }

  /** The file once it is checked; or 400 with its errors, and it is deleted. */
  async waitForVerdict(answer) {
    const endsAt = Date.now() + this.options.waitSeconds * 1_000;
    const url = `${this.filesUrl}/${answer.json.id}`;
    let delay = FIRST_LOOK_MS;
    while (answer.ok && answer.json.status === "uploaded" && Date.now() < endsAt) {
      await this.requests.sleep(delay);
      delay = Math.min(delay * 1.5, LONGEST_LOOK_MS);
      answer = await this.requests.ask("GET", url);
    }
    if (!answer.ok || answer.json.status !== "error") return answer;
    const report = await this.requests.ask("GET", `${url}/validation`);
    await this.requests.ask("DELETE", url);
    return { ...answer, ok: false, status: 400, json: refusalOf(answer.json, report.json) };
  }
}

/** It may have ended in the storage alone: then it is pending and has no URLs. */
function canResume({ status, multipart }) {
  return status === "pending" && Boolean(multipart);
}

function refusal(part, { status, text }) {
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  return new LinegateError(
    `The storage refused part ${part.part_number} of the file (${[status, code].filter(Boolean).join(" ")}). ` +
      "The parts that it has taken are kept: upload the file again to resume.",
    { status, code: "storage_refused" },
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
