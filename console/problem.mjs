// What can go wrong between the page and the service, in words that say what to do.

import { counted } from "./format.mjs";

/** `status` 0: no answer came. `message` is the service's own where it sent one. */
export class Problem extends Error {
  constructor({ status = 0, code = null, message = "", retryAfter = null, requestId = null }) {
    super(message);
    Object.assign(this, { status, code, retryAfter, requestId });
  }
}

/** Made of the answer to a request that failed. */
export async function problemOf(response) {
  let error = {};
  try {
    const body = await response.json();
    error = body.error ?? body;
  } catch {
    // Above 10 MB the gateway answers in plain text, and the storage in XML.
  }
  const retryAfter = Number(response.headers.get("retry-after") ?? Number.NaN);
  return new Problem({
    status: response.status,
    code: error.code ?? null,
    message: error.message ?? "",
    retryAfter: retryAfter >= 0 ? retryAfter : null,
    requestId: response.headers.get("x-request-id"),
  });
}

/** One or two sentences: what happened, and the next step. Pure. */
export function explain(problem) {
  const { status, code, message, retryAfter, requestId } = problem;
  const id = requestId ? ` Request id: ${requestId}` : "";
  if (status === 0 && problem instanceof Problem) {
    return "The service can't be reached. Check your connection; this page retries automatically.";
  }
  if (status === 401)
    return "This API key was rejected: it is unknown, revoked or expired. Sign in with another one.";
  if (status === 403 && code === "quota_exceeded") {
    return `A quota of your account is reached. Delete files, or wait until some expire. ${message}`;
  }
  if (status === 403)
    return `The request was blocked before it reached the service. ${message}${id}`;
  if (status === 404) return "It is no longer there: it was deleted, or it has expired.";
  if (status === 413) return `That is larger than the service accepts. ${message}`;
  if (status === 429) {
    const wait = retryAfter ? `Wait ${counted(retryAfter, "second")}` : "Wait a moment";
    return `Too many requests. ${wait}, then try again.`;
  }
  if (status >= 500) return `The service failed. Try again in a moment.${id}`;
  return message || "Something went wrong. Try again.";
}
