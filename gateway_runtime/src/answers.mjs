// What a caller receives: errors in its SDK's format, streams that are complete or visibly broken, one request id.
import { errorDocument, errorEvent, reshaped } from "./errors.mjs";
import { streamEnd } from "./stream_ends.mjs";

export const REQUEST_ID = "x-gateway-request-id";
const MOST_ERROR_BYTES = 2 ** 20;
const WHOLE_STREAMS = new Set(["/v1/chat/completions", "/v1/completions", "/v1/messages", "/v1/responses"]);

function sendJson(response, raw, status, headers, document) {
  const body = Buffer.from(JSON.stringify(document));
  raw.writeHead(status, { ...headers, "content-type": "application/json", "content-length": body.length });
  raw.end(body);
}

// Answers with an error of the gateway itself.
export function refuse(response, context, error, draining) {
  context.status = error.status;
  context.outcome = "refused";
  context.reason = error.code;
  if (error.limit !== undefined) context.limit = error.limit;
  if (response.headersSent || response.destroyed) return response.destroy();
  const document = errorDocument(context.shape, { ...error, message: error.message, id: context.id });
  const body = Buffer.from(JSON.stringify(document));
  context.bytes_out = body.length;
  response.writeHead(error.status, {
    ...context.limit_headers,
    ...error.headers,
    [REQUEST_ID]: context.id,
    "x-request-id": context.id,
    "content-type": "application/json",
    "content-length": body.length,
    ...(draining ? { connection: "close" } : {}),
  });
  response.end(body);
}

// The gateway's error in place of Portkey's answer, as [status, code, message]; null where the answer is the provider's.
function mapped(context, status, routed) {
  const provider = context.provider_status;
  if (context.failure) return context.failure;
  if (context.broke && status >= 500) return [502, "provider_broke_off", "the provider broke off its answer"];
  if (status === 408 && context.timed_out) return [504, "provider_timeout", "the provider did not answer in time"];
  if (status >= 500 && !context.attempts) {
    return [400, "bad_request", "no provider can be asked this: check the body's fields and the headers x-portkey-*"];
  }
  if (status >= 500 && provider >= 200 && provider < 300) {
    return [502, "provider_bad_answer", "the provider's answer could not be read"];
  }
  if (routed && (provider === 401 || provider === 403) && status === provider) {
    return [502, "provider_refused_key", "the provider refuses the key or the permissions of this gateway"];
  }
  return null;
}

export function wrapAnswer(response, context, { routed, draining, keys = [] }) {
  const raw = {
    writeHead: response.writeHead.bind(response),
    write: response.write.bind(response),
    end: response.end.bind(response),
  };
  let buffered = null; // the chunks of an error, until it is complete
  let size = 0;
  let head = null;
  let end = null; // watches for the end of a stream that has a last event

  response.writeHead = (status, headers = {}) => {
    const record = { ...headers, [REQUEST_ID]: context.id };
    context.first_byte = performance.now();
    context.provider = record["x-portkey-provider"] ?? "";
    context.option = record["x-portkey-last-used-option-index"] ?? "";
    context.stream = /^text\/event-stream/.test(record["content-type"] ?? "");
    if (context.stream && WHOLE_STREAMS.has(context.path)) context.end = end = streamEnd(context.path, context.choices);
    Object.assign(record, context.limit_headers);
    if (draining()) record.connection = "close";
    context.status = status;
    if (status >= 400) {
      head = { status, headers: record };
      buffered = [];
      return response;
    }
    // The gateway's request id only where the provider sends none: SDKs print this header in their errors.
    record["x-request-id"] ??= context.provider_request_id || context.id;
    return raw.writeHead(status, record);
  };

  response.write = (chunk, ...rest) => {
    if (buffered) {
      size += chunk.length;
      if (size <= MOST_ERROR_BYTES) buffered.push(Buffer.from(chunk));
      return true;
    }
    context.passedOn?.();
    context.first_chunk ??= performance.now();
    if (context.stream && context.spending?.remover) chunk = context.spending.remover.add(chunk);
    if (!chunk.length) return true;
    context.bytes_out += chunk.length;
    end?.add(chunk);
    return raw.write(chunk, ...rest);
  };

  response.end = (chunk, ...rest) => {
    if (buffered) return finishError(chunk);
    if (chunk?.length) response.write(chunk);
    const left = context.stream ? context.spending?.remover?.end() : undefined;
    if (left?.length) {
      end?.add(left);
      raw.write(left);
    }
    if (end ? !end.ended(context.broke) : context.broke) return breakOff();
    return raw.end(...rest);
  };

  // Sends an error event, and closes the connection without the stream's last event.
  function breakOff() {
    context.outcome = context.broke ? "provider_broke" : "provider_ended_early";
    context.reason = context.broke ?? "no end of stream";
    if (!context.stream) return response.destroy();
    const details = { status: 502, code: "provider_broke_off", message: "the provider broke off the stream", id: context.id };
    raw.write(errorEvent(context.shape, details), () => response.destroy());
    return response;
  }

  function finishError(chunk) {
    if (chunk?.length) response.write(chunk);
    let text = Buffer.concat(buffered).toString("utf8");
    for (const key of keys) text = text.replaceAll(key, "(the server's key)");
    const { headers } = head;
    for (const name of ["content-length", "transfer-encoding", "content-encoding"]) delete headers[name];
    const instead = mapped(context, head.status, routed);
    const status = instead ? instead[0] : head.status;
    const details = { status, shape: context.shape, id: context.id };
    const document = instead
      ? errorDocument(context.shape, { status, code: instead[1], message: instead[2], id: context.id })
      : reshaped(text, details);
    context.status = status;
    context.reason ||= instead?.[1] ?? "";
    context.outcome = "error";
    headers["x-request-id"] ??= context.provider_request_id || context.id;
    context.bytes_out = JSON.stringify(document).length;
    sendJson(response, raw, status, headers, document);
    return response;
  }
}
