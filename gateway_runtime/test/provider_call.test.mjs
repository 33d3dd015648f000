import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { called } from "../src/provider_call.mjs";

new Response(""); // loads undici
const dispatcher = globalThis[Symbol.for("undici.globalDispatcher.1")];
const TEXT = JSON.stringify({ answer: "x".repeat(100_000) });
const ENCODED = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
const asked = [];
let origin;
let server;

before(async () => {
  server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      asked.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts) });
      const [, kind, name] = request.url.split("/");
      if (kind === "encoded") response.writeHead(200, { "content-encoding": name }).end(ENCODED[name](TEXT));
      else if (kind === "broken") response.writeHead(200, { "content-length": "9" }).write("half", () => response.destroy());
      else if (kind === "chunks") response.writeHead(200).write("one ", () => setTimeout(() => response.end("two"), 20));
      else if (kind === "silent") response.on("close", () => asked.push("closed"));
      else response.writeHead(200, { "x-name": "é" }).end("plain");
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const call = (path, more = {}) =>
  called(dispatcher, new URL(path, origin), { method: "GET", headers: new Headers(), opened: () => ({ whole: true }), ...more });
const textOf = (stream) => new Response(stream).text();

test("answers are decompressed, at once or as a stream", async () => {
  for (const name of Object.keys(ENCODED)) {
    assert.equal((await call(`/encoded/${name}`)).body.toString(), TEXT, name);
    assert.equal(await textOf((await call(`/encoded/${name}`, { opened: () => ({ whole: false }) })).body), TEXT, name);
  }
});

test("a request has the caller's headers, those that fetch adds, and no connection headers", async () => {
  const headers = new Headers({ "x-one": "1", host: "other.example.com", te: "trailers", "content-length": "99", "user-agent": "mine" });
  await call("/plain?a=%2f", { method: "POST", headers, body: '{"a":"é"}' });
  const seen = asked.at(-1);
  assert.deepEqual([seen.method, seen.url, seen.body.toString()], ["POST", "/plain?a=%2f", '{"a":"é"}']);
  assert.deepEqual([seen.headers.host, seen.headers["content-length"], seen.headers.te], [new URL(origin).host, "10", undefined]);
  assert.deepEqual([seen.headers["x-one"], seen.headers["user-agent"], seen.headers.accept], ["1", "mine", "*/*"]);
});

test("a form and a stream are sent in one piece with their length", async () => {
  const form = new FormData();
  form.append("model", "whisper-1");
  await call("/plain", { method: "POST", body: form });
  const seen = asked.at(-1);
  assert.match(seen.headers["content-type"], /^multipart\/form-data; boundary=/);
  assert.equal(seen.headers["content-length"], String(seen.body.length));
  assert.match(seen.body.toString(), /whisper-1/);
  await call("/plain", { method: "POST", body: new Blob(["one ", "two"]).stream() });
  assert.equal(asked.at(-1).body.toString(), "one two");
});

test("an answer that breaks off is reported as an error", async () => {
  const heard = [];
  const opened = (whole) => ({ opened: () => ({ whole, broken: (error) => heard.push(error.code) }) });
  await assert.rejects(call("/broken", opened(true)));
  const { body } = await call("/broken", opened(false));
  await assert.rejects(textOf(body));
  assert.deepEqual([heard.length, heard[0]], [2, heard[1]]);
  assert.ok(heard[0]);
});

test("an answer above the limit is ended", async () => {
  const refused = [502, "provider_bad_answer", "too large"];
  await assert.rejects(call("/encoded/br", { opened: () => ({ whole: true, excess: () => refused }) }), { refused });
});

test("a caller who leaves ends the request, before the first byte and in a stream", async () => {
  let leave;
  const onEnd = (run) => {
    leave = run;
    return () => {};
  };
  const closed = () => asked.filter((one) => one === "closed").length;
  const waiting = call("/silent", { onEnd });
  while (!asked.some((one) => one.url === "/silent")) await new Promise((done) => setTimeout(done, 5));
  leave();
  await assert.rejects(waiting, { name: "AbortError" });
  while (closed() < 1) await new Promise((done) => setTimeout(done, 5));
  const { body } = await call("/chunks", { onEnd, opened: () => ({ whole: false }) });
  leave();
  await assert.rejects(textOf(body), { name: "AbortError" });
});

test("the timeout applies until the first byte only", async () => {
  const late = new AbortController();
  const answer = await call("/chunks", { timeout: late.signal, opened: () => ({ whole: false }) });
  late.abort();
  assert.equal(await textOf(answer.body), "one two");
  const reason = new DOMException("too late", "AbortError");
  await assert.rejects(call("/silent", { timeout: AbortSignal.abort(reason) }), reason);
  const soon = new AbortController();
  const waiting = call("/silent", { timeout: soon.signal });
  setTimeout(() => soon.abort(reason), 20);
  await assert.rejects(waiting, reason);
});

test("a cancelled stream is not reported as broken", async () => {
  const heard = [];
  const { body } = await call("/chunks", { opened: () => ({ whole: false, broken: (error) => heard.push(error) }) });
  await body.cancel();
  assert.deepEqual(heard, []);
});
