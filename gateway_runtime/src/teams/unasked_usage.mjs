// Streams of OpenAI's APIs end with a usage event only where the request asks for it: the gateway asks for it and removes it again.

const PATHS = new Set(["/v1/chat/completions", "/v1/completions"]);
const EVENT_END = /\r\n\r\n|\n\n|\r\r/;

// The field to set so that a stream reports its usage, or null.
export function askedUsage(path, document) {
  if (!PATHS.has(path) || document.stream !== true || document.stream_options?.include_usage === true) return null;
  const given = typeof document.stream_options === "object" ? document.stream_options : {};
  return { stream_options: { ...given, include_usage: true } };
}

// An event with usage and no choice, which providers send only on request.
function isExtra(event) {
  if (!event.includes('"usage"')) return false;
  try {
    const data = event.split(/\r\n|\n|\r/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
    const { choices, usage } = JSON.parse(data);
    return Array.isArray(choices) && choices.length === 0 && typeof usage === "object" && usage !== null;
  } catch {
    return false;
  }
}

// Removes that event from a stream. `add` returns the bytes to pass on, `end` the remaining ones.
export function extraRemover() {
  let rest = "";
  return {
    add(chunk) {
      rest += Buffer.from(chunk).toString("latin1");
      let passed = "";
      for (let found = EVENT_END.exec(rest); found; found = EVENT_END.exec(rest)) {
        const event = rest.slice(0, found.index + found[0].length);
        rest = rest.slice(event.length);
        if (!isExtra(event)) passed += event;
      }
      return Buffer.from(passed, "latin1");
    },
    end() {
      const left = isExtra(rest) ? "" : rest;
      rest = "";
      return Buffer.from(left, "latin1");
    },
  };
}
