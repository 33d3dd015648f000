// Errors in the format that the caller's SDK reads: OpenAI's, or Anthropic's for Anthropic's paths.
const TYPES = new Map([
  [400, "invalid_request_error"], [401, "authentication_error"], [403, "permission_error"], [404, "not_found_error"],
  [405, "invalid_request_error"], [408, "timeout_error"], [413, "request_too_large"], [415, "invalid_request_error"],
  [429, "rate_limit_error"], [431, "invalid_request_error"], [503, "overloaded_error"], [504, "timeout_error"],
  [529, "overloaded_error"],
]);

export class GatewayError extends Error {
  constructor(status, code, message, headers = {}) {
    super(message);
    Object.assign(this, { status, code, headers });
  }
}

export const typeOf = (status) => TYPES.get(status) ?? "api_error";
export const shapeOf = (path) => (path.startsWith("/v1/messages") ? "anthropic" : "openai");

export function errorDocument(shape, { status, code, message, id }) {
  const error = { message, type: typeOf(status), param: null, code, request_id: id };
  return shape === "anthropic" ? { type: "error", error: { type: error.type, message, code }, request_id: id } : { error };
}

// An error event for a stream whose headers are already sent.
export function errorEvent(shape, details) {
  const document = JSON.stringify(errorDocument(shape, details));
  return shape === "anthropic" ? `event: error\ndata: ${document}\n\n` : `data: ${document}\n\n`;
}

const messageIn = (document) =>
  typeof document?.error === "string" ? document.error : document?.error?.message ?? document?.message;

// An error of Portkey or a provider in the format of the caller's SDK. Text that is not JSON is not passed on.
export function reshaped(text, { status, shape, id }) {
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    document = undefined;
  }
  const inner = document?.error;
  const fits = inner && typeof inner === "object" && typeof inner.message === "string" && "type" in inner;
  if (shape === "openai" && fits) return { ...document, error: { param: null, code: null, ...inner, request_id: id } };
  if (shape === "anthropic" && fits && document.type === "error") return { request_id: id, ...document };
  const message = messageIn(document);
  const shown = typeof message === "string" ? message : `the gateway or the provider answered with status ${status}`;
  const code = typeof inner?.code === "string" ? inner.code : document?.status === "failure" ? "gateway" : "provider_error";
  return errorDocument(shape, { status, code, message: shown, id });
}
