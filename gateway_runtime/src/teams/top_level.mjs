// Reads some fields of a large JSON object without parsing the rest.

const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
const OPENS = new Set([0x5b, 0x7b]);
const CLOSES = new Set([0x5d, 0x7d]);

function stringEnd(body, from) {
  let at = from + 1;
  while (at < body.length && body[at] !== QUOTE) at += body[at] === BACKSLASH ? 2 : 1;
  return at;
}

// An object with the fields of `body` that are in `names` and at most `most` bytes large; null where the
// object is incomplete.
export function fieldsOf(body, names, most = 65_536) {
  const found = {};
  let [depth, key, start] = [0, null, -1];
  const close = (end) => {
    if (start !== -1 && names.has(key) && end - start <= most) {
      try {
        found[key] = JSON.parse(body.toString("utf8", start, end));
      } catch {
        // A field that is not valid JSON is left out.
      }
    }
    [key, start] = [null, -1];
  };
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      const end = stringEnd(body, at);
      if (depth === 1 && start === -1) key = body.toString("utf8", at + 1, end);
      at = end;
    } else if (byte === COLON && depth === 1 && start === -1) start = at + 1;
    else if (byte === COMMA && depth === 1) close(at);
    else if (OPENS.has(byte)) depth += 1;
    else if (CLOSES.has(byte)) {
      depth -= 1;
      if (depth === 0) {
        close(at);
        return found;
      }
    }
  }
  return null;
}
