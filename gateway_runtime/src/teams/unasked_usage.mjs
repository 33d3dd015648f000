// Streams of OpenAI's APIs end with an event of usage only where the request asks for it: it is asked for, and removed again.

const PATHS = new Set(["/v1/chat/completions", "/v1/completions"]);
const EVENT_END = /\r\n\r\n|\n\n|\r\r/;

// The field to set so that a stream reports its usage, or null.
export function askedUsage(path, document) {
  if (!PATHS.has(path) || document.stream !== true || document.stream_options?.include_usage === true) return null;
  const given = typeof document.stream_options === "object" ? document.stream_options : {};
  return { stream_options: { ...given, include_usage: true } };
}

// An event that holds usage and no choice: providers send it only when asked.
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

// Takes that event out of a stream. `add` returns what may pass, `end` what is left.
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
