// The HTTP server: its timeouts, its answers to malformed requests, and how it drains on SIGTERM.
import http from "node:http";
import net from "node:net";
import { answering } from "./endings.mjs";
import { installResponses } from "./responses.mjs";

const ERRORS = { HPE_HEADER_OVERFLOW: [431, "headers_too_large"], ERR_HTTP_REQUEST_TIMEOUT: [408, "request_timeout"] };
const FLUSH_MS = 1500;
// A request, its body included, has to arrive within this time: it holds memory while it arrives.
const REQUEST_MS = 120_000;

let ending = false;
export const draining = () => ending;
let serving = false;
export const serves = () => serving;

function answerBadRequest(error, socket) {
  // In the middle of an answer, an error would be read as a part of it.
  if (error.code === "ECONNRESET" || !socket.writable || answering(socket)) return socket.destroy();
  const [status, code] = ERRORS[error.code] ?? [400, "bad_request"];
  const message = { 431: "the request's headers are too large", 408: "the request did not arrive in time" }[status];
  const body = JSON.stringify({
    error: { message: message ?? "this is no HTTP request", type: "invalid_request_error", param: null, code },
  });
  const head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n`;
  return socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function prepare(server, settings, front) {
  // Longer than the load balancer's idle timeout: otherwise it might reuse a connection that is being closed here.
  server.keepAliveTimeout = (settings.stream_seconds + 60) * 1000;
  server.requestTimeout = REQUEST_MS;
  const listeners = server.listeners("request");
  const portkey = (request, response) => Promise.all(listeners.map((one) => one.call(server, request, response)));
  server.removeAllListeners("request");
  server.on("request", (request, response) => front(request, response, portkey));
  // Without a listener Node handles an upgrade request like any other request.
  server.removeAllListeners("upgrade");
  for (const method of ["on", "addListener", "prependListener"]) {
    const add = server[method].bind(server);
    server[method] = (event, listener) => (event === "upgrade" ? server : add(event, listener));
  }
  server.on("clientError", answerBadRequest);
  // An unknown Expect header is ignored; Node would answer with 417 and no body.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response));
  // An own property takes precedence over the instrumented method of the prototype, so health checks are not traced.
  const emit = server.emit;
  server.emit = function (event, ...args) {
    if (event !== "request" || args[0].url !== "/") return emit.call(this, event, ...args);
    void portkey(...args);
    return true;
  };
}

// SIGTERM: accept no more requests, finish answers in progress, flush the telemetry, and exit before ECS kills the task.
// Earlier listeners for the signal (the OpenTelemetry SDK, which flushes and does not exit) are called last.
function drainAtEnd(server, settings, finish) {
  const others = process.listeners("SIGTERM");
  process.removeAllListeners("SIGTERM");
  process.once("SIGTERM", async () => {
    ending = true;
    const closed = new Promise((done) => server.close(done));
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    const patience = Math.max(0, settings.drain_seconds * 1000 - (finish ? 3 : 2) * FLUSH_MS);
    await Promise.race([closed, new Promise((done) => setTimeout(done, patience))]);
    clearInterval(idle);
    server.closeAllConnections();
    // The usage of the last answers has to be written before the telemetry is flushed.
    if (finish) await Promise.race([finish(), new Promise((done) => setTimeout(done, FLUSH_MS))]);
    const flushed = Promise.allSettled(others.map((listener) => listener("SIGTERM")));
    await Promise.race([flushed, new Promise((done) => setTimeout(done, FLUSH_MS))]);
    process.exit(0);
  });
}

// `host` is set where the gateway must listen on this machine only (`make run`).
export function installListening(settings, front, finish) {
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    if (this instanceof http.Server) {
      prepare(this, settings, front);
      this.once("listening", () => {
        serving = true;
        installResponses();
        drainAtEnd(this, settings, finish);
      });
      if (settings.listen_host && typeof args[0] === "number") {
        args.splice(1, typeof args[1] === "function" ? 0 : 1, settings.listen_host);
      }
    }
    return listen.apply(this, args);
  };
}
