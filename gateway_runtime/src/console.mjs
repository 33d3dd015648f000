// Portkey prints errors with bodies, URLs and configurations in them. After the start only what cannot hold such is kept.
import { format } from "node:util";
import { current } from "./context.mjs";

const CODE = /^[A-Za-z0-9_.]{1,60}$/;

// A frame of V8's, a place in a file alone: the message stands before them and may hold lines that look like one.
const FRAME = /^\s+at (?:[\w$.<>[\] #]+ \()?(?:(?:file|node|data|https?):[^\s()]+|\/[^\s()]+|[\w.-]+\.m?js|<anonymous>|native)(?::\d+){0,2}\)?$/;

// Where the message does not begin the stack as it is, nothing behind it can be told from it.
function framesOf(error) {
  const stack = String(error.stack ?? "");
  const message = String(error.message ?? "");
  const at = stack.indexOf(message);
  if (at === -1 || stack.slice(0, at).includes("\n")) return [];
  return stack.slice(at + message.length).split("\n").filter((line) => FRAME.test(line));
}

// The name, the code and where it happened; never a message.
export function described(value) {
  if (!(value instanceof Error)) return { type: typeof value };
  const frames = framesOf(value).slice(0, 8);
  return {
    name: CODE.test(value.name) ? value.name : "Error",
    ...(CODE.test(value.code ?? "") ? { code: value.code } : {}),
    at: frames.map((line) => line.trim().replace(/data:[^\s)]*/g, "gateway_runtime").replace(/\?[^\s):]*/g, "")),
    ...(value.cause ? { cause: described(value.cause) } : {}),
  };
}

export function installConsole(write, started) {
  for (const level of ["debug", "log", "info", "warn", "error"]) {
    console[level] = (...args) => {
      if (!started()) return write(`${format(...args)}\n`);
      const what = args.map(described);
      return write(`${JSON.stringify({ log: "gateway", level, request_id: current()?.id ?? "", what })}\n`);
    };
  }
  console.clear = () => {};
  // Portkey's spinner ends in no newline, so a line of the access log would begin in the middle of it.
  process.stdout.write = (text, ...rest) => (typeof text === "string" && text.startsWith("\r") ? true : write(text, ...rest));
}
