// One request over an undici agent, without fetch, whose streams and signals cost more than the rest of the gateway.
// Like fetch it decodes the answer and keeps its connections; it follows no redirect.
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

const DECODERS = { gzip: createGunzip, "x-gzip": createGunzip, deflate: createInflate, br: createBrotliDecompress };
const DEFAULTS = { accept: "*/*", "accept-encoding": "gzip, deflate, br", "user-agent": "node" };
// Headers about one connection, which the agent sets.
const HOP_BY_HOP = ["connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

// The bytes to send for a body, and the content type of one that defines its own (a form).
async function sent(body) {
  if (body === undefined || body === null || typeof body === "string" || ArrayBuffer.isView(body)) return { bytes: body };
  const carrier = new Response(body);
  return { bytes: new Uint8Array(await carrier.arrayBuffer()), type: carrier.headers.get("content-type") };
}

function named(raw) {
  const headers = new Headers();
  for (let at = 0; at < raw.length; at += 2) headers.append(raw[at].toString("latin1"), raw[at + 1].toString("latin1"));
  return headers;
}

// All of an answer as one Buffer.
function wholeSink(settle) {
  const chunks = [];
  return {
    begin() {},
    add: (chunk) => chunks.push(chunk) > 0,
    end: () => settle.done(Buffer.concat(chunks)),
    fail: settle.failed,
  };
}

// An answer as a stream: `more` requests the next chunk, `abort` ends the request.
function streamSink(settle, more, abort) {
  let controller;
  const body = new ReadableStream({
    start: (made) => (controller = made),
    pull: () => more(),
    cancel: abort,
  });
  return {
    begin: () => settle.done(body),
    add(chunk) {
      controller.enqueue(chunk);
      return controller.desiredSize > 0;
    },
    end: () => controller.close(),
    fail: (error) => controller.error(error),
  };
}

// Resolves to {status, headers, body}. `opened({status, headers})` returns whether the body is wanted `whole` (a Buffer, or else a
// ReadableStream), `excess(chunk)`, which returns an error where a limit is exceeded, and `broken(error)`, called when the answer
// breaks off. `timeout` is a signal that applies until the answer's headers arrive; `onEnd(run)` calls back when the caller has
// left.
export async function called(dispatcher, url, { method, headers, body, timeout, onEnd = () => () => {}, opened = () => ({}) }) {
  const { bytes, type } = await sent(body);
  for (const name of HOP_BY_HOP) headers.delete(name);
  if (type && !headers.has("content-type")) headers.set("content-type", type);
  return new Promise((resolve, reject) => {
    const answer = {};
    let [abort, sink, decoder, resume, over] = [undefined, undefined, undefined, undefined, false];
    const settle = {
      done(made) {
        answer.body = made;
        resolve(answer);
      },
      failed: reject,
    };
    // Ends the request and everything that waits for it; a second call does nothing.
    const stop = (error) => {
      if (over) return;
      over = true;
      cleared();
      decoder?.destroy();
      if (sink) answer.broken?.(error);
      (sink?.fail ?? reject)(error);
      abort?.(error);
    };
    // The answer's reader has stopped reading.
    const cancelled = () => {
      delete answer.broken;
      stop(Object.assign(new Error("the answer is not read to its end"), { name: "AbortError" }));
    };
    const timedOut = () => stop(timeout.reason);
    const left = onEnd(() => stop(Object.assign(new Error("the caller has left"), { name: "AbortError" })));
    const cleared = () => {
      timeout?.removeEventListener("abort", timedOut);
      left();
    };
    const give = (chunk) => {
      if (over) return false;
      const refused = answer.excess?.(chunk);
      if (!refused) return sink.add(chunk);
      stop(Object.assign(new Error("the provider's answer is too large"), { code: "ERR_GATEWAY_ANSWER_TOO_LARGE", refused }));
      return false;
    };
    const finish = () => {
      if (over) return;
      over = true;
      cleared();
      sink.end();
    };
    const decoded = (make) => {
      decoder = make();
      decoder.on("data", (chunk) => give(chunk) || decoder?.pause());
      decoder.on("drain", () => resume());
      decoder.on("end", finish);
      decoder.on("error", stop);
    };
    if (timeout?.aborted) return timedOut();
    timeout?.addEventListener("abort", timedOut, { once: true });
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method, body: bytes,
      headers: { ...DEFAULTS, ...Object.fromEntries(headers) } }, {
      onConnect(made) {
        if (over) made();
        abort = made;
      },
      onHeaders(status, raw, more) {
        if (status < 200 || over) return true;
        timeout?.removeEventListener("abort", timedOut);
        resume = more;
        Object.assign(answer, { status, headers: named(raw) });
        Object.assign(answer, opened(answer));
        const make = DECODERS[answer.headers.get("content-encoding")?.trim().toLowerCase()];
        if (make && ![204, 304].includes(status) && method !== "HEAD") decoded(make);
        sink = answer.whole ? wholeSink(settle) : streamSink(settle, () => (decoder ? decoder.resume() : resume()), cancelled);
        sink.begin();
        return true;
      },
      onData(chunk) {
        if (over) return false;
        // After a pause the parser first reports an empty chunk; pausing again for it would stop the answer for ever.
        if (!chunk.length) return true;
        return decoder ? decoder.write(chunk) : give(chunk);
      },
      onComplete: () => (decoder ? decoder.end() : finish()),
      onError: stop,
    });
    return undefined;
  });
}
