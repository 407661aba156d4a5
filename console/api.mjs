// Requests to the service. The key goes into their Authorization header, and nowhere else.

import { adjust } from "./clock.mjs";
import { Problem, problemOf } from "./problem.mjs";

const TRIES = 3;
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 4_000;
const REPEATED = new Set([429, 500, 502, 503, 504]);

export class Api {
  /** `onProblem` is called for every failed request, `onAnswer` for every response. */
  constructor({ baseUrl, key, onProblem = () => {}, onAnswer = () => {} }) {
    Object.assign(this, { baseUrl, key, onProblem, onAnswer });
  }

  limits = (options) => this.get("/limits", {}, options);
  files = (query, options) => this.get("/files", query, options);
  file = (id, options) => this.get(`/files/${id}`, {}, options);
  validation = (id, options) => this.get(`/files/${id}/validation`, {}, options);
  location = (id, options) => this.get(`/files/${id}/content`, { redirect: "false" }, options);
  remove = (id, options) => this.ask("DELETE", `/files/${id}`, options);
  uploads = (query, options) => this.get("/uploads", query, options);
  upload = (id, options) => this.get(`/uploads/${id}`, {}, options);
  cancelUpload = (id, options) => this.ask("POST", `/uploads/${id}/cancel`, options);
  batches = ({ limit, after }, options) => this.get("/batches", { limit, after }, options);
  startBatch = (fields) => this.ask("POST", "/batches", { fields });
  cancelBatch = (id) => this.ask("POST", `/batches/${id}/cancel`);

  get(path, query, options) {
    const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
    return this.ask("GET", words.size ? `${path}?${words}` : path, options);
  }

  /** The answer's JSON. Raises Problem. What is safe to repeat is repeated where that may help. */
  async ask(method, path, { signal, fields, tries = method === "POST" ? 1 : TRIES } = {}) {
    for (let made = 1; ; made++) {
      const problem = await this.#answer(method, path, signal, fields);
      if (!(problem instanceof Problem)) return problem;
      const repeat = made < tries && (REPEATED.has(problem.status) || problem.status === 0);
      if (!repeat) {
        this.onProblem(problem);
        throw problem;
      }
      const delay =
        problem.retryAfter === null ? FIRST_DELAY_MS * 2 ** (made - 1) : problem.retryAfter * 1_000;
      await new Promise((resolve) => setTimeout(resolve, Math.min(delay, LONGEST_DELAY_MS)));
    }
  }

  async #answer(method, path, signal, fields) {
    const headers = { authorization: `Bearer ${this.key}` };
    if (fields) headers["content-type"] = "application/json";
    let response;
    try {
      response = await fetch(this.baseUrl + path, {
        method,
        headers,
        body: fields && JSON.stringify(fields),
        signal,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
      adjust(response.headers);
      if (!response.ok) return await problemOf(response);
      const json = await response.json();
      this.onAnswer();
      return json;
    } catch (error) {
      if (signal?.aborted) throw error;
      return new Problem({});
    }
  }
}
