// One JSON line for each request on standard output; helpers/access_log.py makes metrics and queries from its fields.
import { loggedPath } from "./paths.mjs";

const seconds = (milliseconds) => Math.round(milliseconds) / 1000;
const TOKEN = /^[A-Za-z0-9._:[\]-]{0,128}$/;
const safe = (value) => (TOKEN.test(value ?? "") ? value ?? "" : "?");

// The load balancer appends the caller's address, so the caller cannot choose the last entry, only those before it.
export function clientAddress(request) {
  const peer = request.socket?.remoteAddress?.replace(/^::ffff:/, "") ?? "";
  const forwarded = request.headers?.["x-forwarded-for"];
  const last = forwarded?.split(",").at(-1).trim();
  return last && /^[0-9a-fA-F.:]{2,45}$/.test(last) ? last : peer;
}

const MODEL = /^[\w.:@+/-]{0,128}$/;
const modelName = (name) => (MODEL.test(name) ? name : "?");

// With teams: what the request used, and which limit refused it.
function used({ usage, limit }) {
  if (usage) return { ...usage, model: modelName(usage.model), model_used: modelName(usage.model_used), limit: limit ?? "" };
  return limit === undefined ? {} : { limit };
}

export function accessLine(context, now = Date.now()) {
  return JSON.stringify({
    log: "access",
    ts: seconds(now),
    request_id: context.id,
    trace: safe(context.trace),
    provider_request_id: safe(context.provider_request_id),
    client_ip: context.client_ip ?? "",
    team: safe(context.team),
    method: context.method,
    path: loggedPath(context.path),
    status: context.status ?? 0,
    duration: seconds(performance.now() - context.began),
    first_byte: context.first_byte === undefined ? null : seconds(context.first_byte - context.began),
    bytes_in: context.bytes_in,
    bytes_out: context.bytes_out,
    stream: Boolean(context.stream),
    outcome: context.outcome ?? "complete",
    provider: safe(context.provider),
    provider_status: context.provider_status ?? 0,
    option: safe(context.option),
    attempts: context.attempts,
    reason: safe(context.reason),
    ...used(context),
  });
}
