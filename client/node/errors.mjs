// The one error that this package throws itself.

const NAME = "LinegateError";

/**
 * What the service refused, or why a file could not be sent: a sentence for people in `message`,
 * and the service's own `status`, `code`, `param`, `type`. Invalid lines are in `errors`, and how
 * many there are in `errorCount`.
 */
export class LinegateError extends Error {
  name = NAME;

  constructor(message, details = {}) {
    super(message);
    Object.assign(this, { status: null, type: "api_error", param: null }, details);
  }

  /** By name: require and import have a class each. */
  static [Symbol.hasInstance](value) {
    return value?.name === NAME;
  }

  /** The error that an answer of the service is. */
  static of({ status, headers, json }) {
    const { message, type, param, code, error_count, errors } = json.error ?? {};
    return new LinegateError(message ?? `The service answered with status ${status}.`, {
      status,
      type: type ?? "api_error",
      param: param ?? null,
      code: code ?? "unexpected_answer",
      errorCount: error_count ?? 0,
      errors: errors?.data ?? [],
      requestId: headers.get("x-request-id"),
    });
  }
}
