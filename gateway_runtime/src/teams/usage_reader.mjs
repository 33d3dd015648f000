// Reads a provider's usage from its answer as it passes: a JSON document, a stream of events, or Bedrock's frames.
import { frameReader } from "./event_stream.mjs";
import { endsUsage, generatedIn, normalized, usageIn } from "./shapes.mjs";
import { fieldsOf } from "./top_level.mjs";

const MOST_PARSED = 2 ** 20;
const MOST_EVENT = 8 * 2 ** 20;
const FIELDS = new Set(["usage", "usageMetadata", "model", "modelVersion", "meta", "inputTextTokenCount"]);

function parsed(text) {
  try {
    const document = JSON.parse(text);
    return typeof document === "object" && document !== null ? document : null;
  } catch {
    return null;
  }
}

// Bedrock's InvokeModel streams carry the model's own event in base64.
function unwrapped(document) {
  return typeof document?.bytes === "string" ? parsed(Buffer.from(document.bytes, "base64").toString("latin1")) : document;
}

export function makeUsageReader(headers) {
  const type = headers.get("content-type") ?? "";
  let raw = null; // a stream's usage object, merged from its events
  let final = false;
  let model = "";
  let [characters, events] = [0, 0];
  let first; // when the first text arrived

  function see(document) {
    if (!document) return;
    const name = document.response?.model ?? document.message?.model ?? document.model ?? document.modelVersion;
    if (typeof name === "string" && name) model = name;
    const found = usageIn(document);
    if (found) {
      // Anthropic sends the input at the start and the output at the end.
      raw = { ...raw, ...Object.fromEntries(Object.entries(found).filter(([, value]) => value !== null)) };
      if (endsUsage(document)) final = true;
    }
    const length = generatedIn(document);
    characters += length;
    if (length) events += 1;
    if (length) first ??= performance.now();
  }

  function lines() {
    let rest = "";
    const line = (text) => {
      if (!text.startsWith("data:")) return;
      const data = text.slice(5).trim();
      if (data && data !== "[DONE]") see(parsed(data));
    };
    return {
      add(chunk) {
        const all = (rest + Buffer.from(chunk).toString("latin1")).split(/\r\n|\n|\r(?!$)/);
        rest = all.pop();
        all.forEach(line);
        if (rest.length > MOST_EVENT) rest = "";
      },
    };
  }

  function whole() {
    let parts = [];
    return {
      add: (chunk) => parts.push(chunk),
      // An incomplete document has no usage.
      read() {
        const body = Buffer.concat(parts);
        parts = [];
        const document = body.length > MOST_PARSED ? fieldsOf(body, FIELDS) : parsed(body.toString("utf8"));
        if (!document) return;
        see(document);
        final = true;
        const counted = headers.get("x-amzn-bedrock-input-token-count");
        if (!normalized(raw) && counted !== null) {
          raw = { inputTokenCount: Number(counted), outputTokenCount: Number(headers.get("x-amzn-bedrock-output-token-count") ?? 0) };
        }
      },
    };
  }

  const frames = /vnd\.amazon\.eventstream/i.test(type);
  const stream = frames || /event-?stream/i.test(type);
  const reader = frames ? { add: frameReader((payload) => see(unwrapped(parsed(payload)))) }
    : stream ? lines()
    : /json/i.test(type) ? whole()
    : { add() {} };

  return {
    add: reader.add,
    // `usage` is null where the provider sent none; `whole` is whether the counts are for the whole answer.
    get result() {
      reader.read?.();
      const usage = normalized(raw);
      return { usage, whole: usage !== null && final, model, characters, events, first };
    },
  };
}
