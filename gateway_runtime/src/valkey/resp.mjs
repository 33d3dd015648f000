// Valkey's protocol, version 3 (https://valkey.io/topics/protocol/): encodes commands and decodes replies.

// Only the code of a server's error is kept: its text may repeat the command.
export class ReplyError extends Error {
  constructor(text) {
    const code = /^[A-Z]{2,20}(?= |$)/.exec(text)?.[0] ?? "ERR";
    super(`Valkey: ${code}`);
    this.code = code;
  }
}

export function command(parts) {
  const each = parts.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${parts.length}\r\n${each.join("")}`;
}

const SIMPLE = {
  "+": String,
  "-": (text) => new ReplyError(text),
  ":": Number,
  ",": Number,
  "(": String,
  "#": (text) => text === "t",
  _: () => null,
};
// The number of values for each counted element of an aggregate.
const AGGREGATES = { "*": 1, "~": 1, ">": 1, "%": 2 };

// The reply at an offset as {value, next, push}; null where it is incomplete. Throws where the bytes are not a reply.
export function reply(buffer, at = 0) {
  const end = buffer.indexOf("\r\n", at);
  if (end === -1) return null;
  const kind = String.fromCharCode(buffer[at]);
  const text = buffer.toString("latin1", at + 1, end);
  let next = end + 2;
  if (Object.hasOwn(SIMPLE, kind)) return { value: SIMPLE[kind](text), next };
  const length = Number(text);
  if (!Number.isInteger(length)) throw new TypeError("no reply of Valkey's");
  if ("$=!".includes(kind)) {
    if (length < 0) return { value: null, next };
    if (buffer.length < next + length + 2) return null;
    const value = buffer.toString("utf8", next, next + length);
    return { value: kind === "!" ? new ReplyError(value) : value, next: next + length + 2 };
  }
  if (!Object.hasOwn(AGGREGATES, kind)) throw new TypeError("no reply of Valkey's");
  if (length < 0) return { value: null, next };
  const value = [];
  for (let left = length * AGGREGATES[kind]; left > 0; left -= 1) {
    const found = reply(buffer, next);
    if (!found) return null;
    value.push(found.value);
    next = found.next;
  }
  return { value, next, push: kind === ">" };
}
