export interface Progress {
  filename: string;
  /** Bytes of the parts that have arrived, of all. */
  sentBytes: number;
  totalBytes: number;
}

export interface Options {
  /** What sends the requests; the global fetch unless it is given. */
  fetch?: typeof globalThis.fetch;
  /** Called whenever a part has arrived. */
  onProgress?: (progress: Progress) => void;
  /** How long files.create waits for the check of a large file's lines; 0: not at all. */
  waitSeconds?: number;
  /** Parts on their way at once; 3 unless it is given. */
  parallel?: number;
  /** Up to this size a file goes in one request. */
  directBytes?: number;
}

/**
 * For `new OpenAI({ baseURL, apiKey, fetch: linegateFetch() })`: files.create sends files above
 * 4 MiB in parts, straight to the storage. All else passes through as it is.
 */
export function linegateFetch(options?: Options): typeof globalThis.fetch;
