import assert from "node:assert/strict";
import { test } from "node:test";
import { streamEnd } from "../src/stream_ends.mjs";

const CHAT = "/v1/chat/completions";
const events = (...documents) => documents.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`).join("");
const choice = (index, finish_reason, content = "") => ({ choices: [{ index, delta: { content }, finish_reason }] });
function ended(path, text, { n = 1, broke, size = 7 } = {}) {
  const end = streamEnd(path, n);
  for (let at = 0; at < text.length; at += size) end.add(Buffer.from(text.slice(at, at + size)));
  return end.ended(broke);
}

test("the API's last event is the end", () => {
  assert.equal(ended(CHAT, events(choice(0, null, "a"), "[DONE]")), true);
  assert.equal(ended(CHAT, events(choice(0, null, "a"), "[DONE]").replaceAll("\n", "\r\n"), { broke: "x" }), true);
  assert.equal(ended(CHAT, events(choice(0, null)) + "data: [DONE]"), true);
  assert.equal(ended(CHAT, events({ error: { message: "m" } })), true);
  assert.equal(ended("/v1/messages", 'event: message_stop\ndata: {"type":"message_stop"}\n\n'), true);
  assert.equal(ended("/v1/responses", events({ type: "response.completed" })), true);
});

test("without [DONE] every choice needs a finish reason, and the connection must not break off", () => {
  const first = events(choice(0, "stop"));
  assert.equal(ended(CHAT, first), true);
  assert.equal(ended(CHAT, first, { broke: "ECONNRESET" }), false);
  assert.equal(ended(CHAT, first, { n: 2 }), false);
  assert.equal(ended(CHAT, events(choice(1, null)) + first), false);
  assert.equal(ended(CHAT, first + events(choice(1, "stop")), { n: 2 }), true);
});

test("text inside an event does not end the stream", () => {
  for (const content of ["[DONE]", '"error": {', '"finish_reason": "stop"', "\ndata: [DONE]\n\n", "event: message_stop"]) {
    assert.equal(ended(CHAT, events(choice(0, null, content))), false, content);
    assert.equal(ended("/v1/messages", events({ type: "content_block_delta", delta: { text: content } })), false, content);
    assert.equal(ended("/v1/responses", events({ type: "x", tools: [{ type: "response.completed" }], text: content })), false, content);
  }
});

test("only the last event counts, as soon as it is passed on", () => {
  for (const [path, first, last] of [
    [CHAT, events(choice(0, "stop")), events("[DONE]")],
    ["/v1/messages", events({ type: "message_delta" }), events({ type: "message_stop" })],
  ]) {
    const end = streamEnd(path);
    end.add(Buffer.from(first));
    assert.equal(end.seen, false);
    end.add(Buffer.from(last));
    assert.equal(end.seen, true);
  }
});
