// The form of `POST /files` as a stream of its bytes, which is what openai-node makes of a stream.
// Node only.

import { open, mkdtemp, rm } from "node:fs/promises";
import { openAsBlob } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ESCAPED = /%(22|0D|0A|5C)/gi;

/**
 * As readForm. The file goes to a temporary one, because the service has to know its size before
 * its bytes.
 */
export async function readStream(body, boundary) {
  const folder = await mkdtemp(join(tmpdir(), "linegate-"));
  const path = join(folder, "file");
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    const fields = {};
    let filename;
    const handle = await open(path, "w");
    try {
      let take;
      for await (const { header, data } of multipart(body, boundary)) {
        if (header !== undefined) {
          const name = parameter(header, "name");
          fields[name] = "";
          take = async (bytes) => void (fields[name] += bytes.toString("utf8"));
          if (name === "file") {
            delete fields[name];
            filename = parameter(header, "filename") || "upload";
            take = (bytes) => handle.appendFile(bytes);
          }
        } else {
          await take(data);
        }
      }
    } finally {
      await handle.close();
    }
    return { file: await openAsBlob(path), filename: filename ?? "upload", fields, key: null, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Each field's header once, then its bytes, in pieces no larger than what came. A piece is good
 * until the next one is asked for: all are views of one buffer, so that none has to be collected.
 */
export async function* multipart(stream, boundary) {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  let buffer = Buffer.from("\r\n");
  let rest = buffer;
  let inside = false; // a field, past its header
  for await (const chunk of stream) {
    const length = rest.length + chunk.length;
    if (length > buffer.length) {
      buffer = Buffer.concat([rest], 2 * length);
    } else {
      rest.copy(buffer);
    }
    buffer.set(chunk, rest.length);
    rest = buffer.subarray(0, length);
    for (;;) {
      const at = rest.indexOf(delimiter);
      if (inside) {
        const known = at < 0 ? Math.max(0, rest.length - delimiter.length + 1) : at;
        if (known > 0) yield { data: rest.subarray(0, known) };
        rest = rest.subarray(known);
        if (at < 0) break;
        inside = false;
        continue;
      }
      const end = at < 0 ? -1 : rest.indexOf("\r\n\r\n", at + delimiter.length);
      if (end < 0) break;
      yield { header: rest.subarray(at + delimiter.length, end).toString("utf8") };
      rest = rest.subarray(end + 4);
      inside = true;
    }
  }
  if (inside || !rest.subarray(delimiter.length).toString().startsWith("--")) {
    throw new TypeError("The form ended in the middle.");
  }
}

function parameter(header, name) {
  const value = new RegExp(`[; ]${name}="([^"]*)"`, "i").exec(header)?.[1];
  return value?.replace(ESCAPED, (escaped) => decodeURIComponent(escaped));
}
