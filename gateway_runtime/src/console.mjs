// Portkey prints errors with bodies, URLs and configurations in them. After the start only what cannot hold such is kept.
import { format } from "node:util";
import { current } from "./context.mjs";

const CODE = /^[A-Za-z0-9_.]{1,60}$/;

// The name, the code and where it happened; never a message.
function described(value) {
  if (!(value instanceof Error)) return { type: typeof value };
  const frames = String(value.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 8);
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
