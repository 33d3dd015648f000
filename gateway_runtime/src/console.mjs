// Portkey logs errors that contain bodies, URLs and configurations. After the start, only fields that cannot contain these are
// logged.
import { format } from "node:util";
import { current } from "./context.mjs";

const CODE = /^[A-Za-z0-9_.]{1,60}$/;

// One stack frame of V8: a location in a file only. The message comes before the frames, and may have lines that look like one.
const FRAME = /^\s+at (?:[\w$.<>[\] #]+ \()?(?:(?:file|node|data|https?):[^\s()]+|\/[^\s()]+|[\w.-]+\.m?js|<anonymous>|native)(?::\d+){0,2}\)?$/;

// Without the exact message at its start, the stack's frames cannot be told apart from the message: none are logged.
function framesOf(error) {
  const stack = String(error.stack ?? "");
  const message = String(error.message ?? "");
  const at = stack.indexOf(message);
  if (at === -1 || stack.slice(0, at).includes("\n")) return [];
  return stack.slice(at + message.length).split("\n").filter((line) => FRAME.test(line));
}

// An error's name, code and stack frames; never its message.
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
  // Drops Portkey's spinner: it has no newline, so a line of the access log would start in the middle of it.
  process.stdout.write = (text, ...rest) => (typeof text === "string" && text.startsWith("\r") ? true : write(text, ...rest));
}
