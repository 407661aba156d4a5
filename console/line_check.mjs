// The rules of a batch file's lines, for a look before the upload. The service's verdict decides;
// here a file may pass that it refuses (nesting, lone surrogates), never the other way around.

const BLANK = /^[ \t\r]*$/;

export class LineCheck {
  /** `rules` is `batch` of the service's limits. */
  constructor(rules) {
    this.rules = rules;
    this.urls = new Set(rules.request_urls);
    this.lines = 0;
    this.requests = 0;
    this.errors = [];
    this.errorCount = 0;
    this.used = new Map();
    this.model = null;
    this.ended = false;
  }

  /** One line, without its LF; `bytes` is how long it is. */
  line(text, bytes) {
    this.lines += 1;
    if (bytes - (text.endsWith("\r") ? 1 : 0) > this.rules.max_line_bytes) {
      this.requests += 1;
      this.#add(
        "line_too_long",
        null,
        `The line is longer than ${this.rules.max_line_bytes} bytes.`,
      );
      return;
    }
    if (BLANK.test(text)) return;
    this.requests += 1;
    if (this.requests > this.rules.max_requests) {
      this.#add(
        "too_many_tasks",
        null,
        `The file has more than ${this.rules.max_requests} requests.`,
      );
      this.ended = true;
      return;
    }
    let request;
    try {
      request = JSON.parse(text);
    } catch (error) {
      this.#add("invalid_json_line", null, `Not valid JSON: ${error.message}`);
      return;
    }
    if (!isObject(request)) this.#add("invalid_json_line", null, "The line is not a JSON object.");
    else this.#request(request);
  }

  /** A line that is not UTF-8. */
  undecodable() {
    this.lines += 1;
    this.requests += 1;
    this.#add("invalid_encoding", null, "The line is not UTF-8, or starts with a byte order mark.");
  }

  end() {
    if (this.requests === 0) {
      this.#add("empty_file", null, "The file has no requests.", null);
    }
  }

  #request({ custom_id: id, method, url, body }) {
    if (this.#nonEmpty("custom_id", id)) {
      const first = this.used.get(id);
      if (first === undefined) this.used.set(id, this.lines);
      else
        this.#add(
          "duplicate_custom_id",
          "custom_id",
          `custom_id was used before, on line ${first}.`,
        );
    }
    if (method === undefined) this.#missing("method");
    else if (method !== "POST") this.#add("invalid_value", "method", "method must be POST.");
    if (url === undefined) this.#missing("url");
    else if (!this.urls.has(url))
      this.#add("invalid_url", "url", `url must be one of ${[...this.urls].join(", ")}.`);
    if (body === undefined) this.#missing("body");
    else if (!isObject(body)) this.#add("invalid_value", "body", "body must be an object.");
    else this.#body(body);
  }

  #body({ model, stream }) {
    if (this.#nonEmpty("body.model", model)) {
      this.model ??= { name: model, line: this.lines };
      if (this.rules.one_model_per_file && model !== this.model.name) {
        const message = `body.model differs from line ${this.model.line}. Use one file per model.`;
        this.#add("mismatched_model", "body.model", message);
      }
    }
    if (stream === true)
      this.#add("streaming_unsupported", "body.stream", "body.stream is true. Remove it.");
  }

  #nonEmpty(param, value) {
    if (value === undefined) this.#missing(param);
    else if (typeof value !== "string" || !value) {
      this.#add("invalid_value", param, `${param} must be a non-empty string.`);
    } else return true;
    return false;
  }

  #missing(param) {
    this.#add("missing_required_parameter", param, `${param} is missing. Add it.`);
  }

  #add(code, param, message, line = this.lines) {
    this.errorCount += 1;
    if (this.errors.length < this.rules.kept_errors)
      this.errors.push({ line, code, param, message });
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
