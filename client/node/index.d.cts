export interface Progress {
  filename: string;
  /** Bytes handed to the network so far, or held already; fewer than before when a part is sent again. */
  sentBytes: number;
  /** How many of them an earlier, interrupted upload had sent. */
  heldBytes: number;
  totalBytes: number;
}

export interface Options {
  /** What sends the requests; the global fetch unless it is given. Another one reports whole parts. */
  fetch?: typeof globalThis.fetch;
  /** Called as bytes go out, within a part too. */
  onProgress?: (progress: Progress) => void;
  /** How long to wait for the check of a large file's lines; 0: not at all. 60 unless it is given. */
  waitSeconds?: number;
  /** Parts sent at the same time; 3 unless it is given. */
  parallel?: number;
  /** Up to this size a file goes in one request; 4 MiB unless it is given. */
  directBytes?: number;
}

export interface Access {
  /** The service's, as https://…/v1 */
  baseURL: string;
  apiKey: string;
  fetch?: typeof globalThis.fetch;
  /** Aborting rejects with the signal's reason; what was sent is kept for `resume`. */
  signal?: AbortSignal;
}

export interface ResumeOptions extends Access, Options {
  /** MD5 of the whole file, in hex or base64; the service compares it. */
  md5?: string;
  /** Name for progress; the file's own unless it is given. */
  filename?: string;
}

export interface UploadOptions extends ResumeOptions {
  /** `batch` unless it is given. */
  purpose?: string;
  /** Seconds from now; the service's default unless it is given. */
  expiresAfter?: number;
  /** Called once an upload in parts exists: its `id` is what `resume` takes. */
  onBegin?: (upload: LinegateUpload) => void;
}

export interface LinegateFile {
  id: string;
  object: "file";
  bytes: number;
  created_at: number;
  expires_at: number;
  filename: string;
  purpose: string;
  status: "uploaded" | "processed" | "error";
  status_details: string | null;
  line_count: number | null;
  sha256?: string | null;
}

export interface LinegateUpload {
  id: string;
  object: "upload";
  bytes: number;
  created_at: number;
  expires_at: number;
  filename: string;
  purpose: string;
  status: "pending" | "completed" | "cancelled" | "expired";
  file: LinegateFile | null;
}

export interface LineError {
  code: string;
  line: number | null;
  message: string;
  param: string | null;
}

/** What the service refused, or why a file could not be sent. */
export class LinegateError extends Error {
  readonly name: "LinegateError";
  /** The HTTP status, if an answer was the reason. */
  readonly status: number | null;
  readonly type: string;
  readonly code: string;
  readonly param: string | null;
  /** The first errors in the lines of a file that is not valid. */
  readonly errors?: LineError[];
  readonly errorCount?: number;
  readonly requestId?: string | null;
}

/**
 * For `new OpenAI({ baseURL, apiKey, fetch: linegateFetch() })`: files.create sends files above
 * 4 MiB in parts, straight to the storage. All else passes through as it is.
 */
export function linegateFetch(options?: Options): typeof globalThis.fetch;

/**
 * Store a file of any size and wait until its lines are checked. Rejects with a LinegateError if
 * the service refuses it (then nothing is stored), with the signal's reason, or with what fetch
 * rejects with.
 */
export function upload(file: Blob, options: UploadOptions): Promise<LinegateFile>;

/** As upload, of an upload that was begun earlier with the same file: sends what is missing. */
export function resume(
  uploadId: string,
  file: Blob,
  options: ResumeOptions,
): Promise<LinegateFile>;

/** Give up an upload; the parts that were sent are deleted. */
export function cancel(uploadId: string, options: Access): Promise<LinegateUpload>;
