// A file's lines, one by one, with little of it in memory.

const LF = 10;

/** Have `check` judge every line. Whether that was done by `endsAt`, in milliseconds since 1970. */
export async function readLines(file, check, endsAt) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const judge = (bytes) => {
    let text;
    try {
      text = decoder.decode(bytes);
    } catch {
      return check.undecodable();
    }
    if (text.startsWith("\ufeff") && check.lines === 0) return check.undecodable();
    return check.line(text, bytes.length);
  };
  let rest = new Uint8Array();
  for await (const chunk of chunks(file)) {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      judge(joined(rest, chunk.subarray(from, at)));
      rest = new Uint8Array();
      from = at + 1;
      if (check.ended) return true;
    }
    const most = check.rules.max_line_bytes + 2; // a longer line is too long, whatever follows
    rest = joined(rest, chunk.subarray(from)).subarray(0, most);
    if (Date.now() > endsAt) return false;
  }
  if (rest.length) judge(rest);
  check.end();
  return true;
}

async function* chunks(file) {
  const reader = file.stream().getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

function joined(head, tail) {
  if (!head.length) return tail;
  const all = new Uint8Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}
