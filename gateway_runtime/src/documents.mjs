// Parses bodies as JSON or as a form; the memory that the result takes is counted first, from the bytes.
import { GatewayError } from "./errors.mjs";

const MOST_DEPTH = 100;
const MOST_VALUES = 500_000;
// Bytes of the budget for each JSON value, in addition to its own bytes: an empty object takes 56 bytes of memory in each copy.
const VALUE_CHARGE = 24;
const MOST_PARTS = 256;
const MOST_PART_HEADERS = 4096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENS = new Set([0x5b, 0x7b]);
const CLOSES = new Set([0x5d, 0x7d]);
const SEPARATES = new Set([0x2c, 0x3a]);

// How many values a JSON text has and how deep they are nested, without parsing it. Invalid JSON is counted in the same way.
export function measured(body) {
  let [values, depth, deepest] = [1, 0, 0];
  for (let at = 0; at < body.length; at += 1) {
    const byte = body[at];
    if (byte === QUOTE) {
      for (at += 1; at < body.length && body[at] !== QUOTE; at += 1) if (body[at] === BACKSLASH) at += 1;
    } else if (byte < 0x2c) continue;
    else if (SEPARATES.has(byte)) values += 1;
    else if (OPENS.has(byte)) {
      values += 1;
      depth += 1;
      if (depth > deepest) deepest = depth;
      if (deepest > MOST_DEPTH) break;
    } else if (CLOSES.has(byte)) depth -= 1;
  }
  return { values, deepest };
}

export function parseJson(body, charged) {
  if (!body.length) throw new GatewayError(400, "empty_body", "the body is empty; a JSON object is expected");
  const { values, deepest } = measured(body);
  if (deepest > MOST_DEPTH) throw new GatewayError(400, "bad_json", `the body may be ${MOST_DEPTH} levels deep`);
  if (values > MOST_VALUES) throw new GatewayError(413, "body_too_large", `a request's body may have ${MOST_VALUES} JSON values`);
  charged?.grow(body.length + values * VALUE_CHARGE);
  let document;
  try {
    document = JSON.parse(body.toString("utf8"));
  } catch {
    throw new GatewayError(400, "bad_json", "the body is not valid JSON");
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new GatewayError(400, "bad_json", "the body must be a JSON object");
  }
  return document;
}

// The headers of each part of a form, and where its content begins and ends.
function* parts(body, boundary) {
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  let at = body.indexOf(delimiter.subarray(2)) === 0 ? delimiter.length - 2 : body.indexOf(delimiter) + delimiter.length;
  if (at < delimiter.length - 2) return;
  for (let count = 0; ; count += 1) {
    if (count > MOST_PARTS) throw new GatewayError(400, "bad_form", `a form may have ${MOST_PARTS} parts`);
    const next = body.indexOf(delimiter, at);
    const end = next === -1 ? body.length : next;
    const blank = body.subarray(at, Math.min(end, at + MOST_PART_HEADERS)).indexOf("\r\n\r\n");
    if (blank !== -1) yield { header: body.toString("latin1", at, at + blank), content: body.subarray(at + blank + 4, end) };
    if (next === -1) return;
    at = next + delimiter.length;
  }
}

const PART_NAME = /^content-disposition:[^\r\n]*;\s*name=(?:"([^"\r\n]*)"|([^\s;]+))\s*(?:;|$)/im;

// The field `model` of a multipart form, or "", and the names of all its parts.
export function readForm(body, contentType) {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1].trim();
  if (!boundary) throw new GatewayError(400, "bad_form", "multipart/form-data needs a boundary");
  const [names, models] = [[], []];
  for (const { header, content } of parts(body, boundary)) {
    const found = PART_NAME.exec(header);
    const name = found?.[1] ?? found?.[2] ?? "";
    names.push(name);
    if (name === "model") models.push(content);
  }
  if (models.length > 1) throw new GatewayError(400, "bad_form", "a form may have one part with the name model");
  return { names, model: models[0]?.toString("utf8").trim() ?? "" };
}
