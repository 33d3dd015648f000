import assert from "node:assert/strict";
import { test } from "node:test";
import { makeAttempt } from "../../src/teams/attempts.mjs";
import { makeUsageReader } from "../../src/teams/usage_reader.mjs";
import { askedUsage, extraRemover } from "../../src/teams/unasked_usage.mjs";

const ZERO = { input: 0, cached: 0, written: 0, written_1h: 0, output: 0, reasoning: 0 };
const events = (...documents) => documents.map((one) => `data: ${typeof one === "string" ? one : JSON.stringify(one)}\n\n`).join("");

function read(type, content, headers = {}, size = 7) {
  const reader = makeUsageReader(new Headers({ "content-type": type, ...headers }));
  const bytes = Buffer.from(content);
  for (let at = 0; at < bytes.length; at += size) reader.add(bytes.subarray(at, at + size));
  return reader.result;
}

function frame(document) {
  const payload = Buffer.from(JSON.stringify(document));
  const headers = Buffer.from([5, ...Buffer.from(":type"), 7, 0, 1, 120]);
  const made = Buffer.alloc(12 + headers.length + payload.length + 4);
  made.writeUInt32BE(made.length, 0);
  made.writeUInt32BE(headers.length, 4);
  headers.copy(made, 12);
  payload.copy(made, 12 + headers.length);
  return made;
}

const OPENAI = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120, prompt_tokens_details: { cached_tokens: 60 },
  completion_tokens_details: { reasoning_tokens: 8 } };
const RESPONSES = { input_tokens: 100, output_tokens: 20, total_tokens: 120, input_tokens_details: { cached_tokens: 60 }, output_tokens_details: { reasoning_tokens: 8 } };
const OF_OPENAI = { ...ZERO, input: 100, cached: 60, output: 20, reasoning: 8 };
const ANTHROPIC = { input_tokens: 30, cache_read_input_tokens: 60, cache_creation_input_tokens: 10,
  cache_creation: { ephemeral_5m_input_tokens: 6, ephemeral_1h_input_tokens: 4 }, output_tokens: 20 };
const OF_ANTHROPIC = { ...ZERO, input: 100, cached: 60, written: 6, written_1h: 4, output: 20 };
const GOOGLE = { promptTokenCount: 100, cachedContentTokenCount: 60, candidatesTokenCount: 12, thoughtsTokenCount: 8, totalTokenCount: 120 };
const CONVERSE = { inputTokens: 30, cacheReadInputTokens: 60, cacheWriteInputTokens: 10, outputTokens: 20, totalTokens: 120 };

test("usage in complete answers of five providers", () => {
  for (const [name, document, usage] of [
    ["chat", { object: "chat.completion", model: "gpt-4o", choices: [{ finish_reason: "stop" }], usage: OPENAI }, OF_OPENAI],
    ["responses", { object: "response", usage: RESPONSES }, OF_OPENAI],
    ["embeddings", { data: [], usage: { prompt_tokens: 5, total_tokens: 5 } }, { ...ZERO, input: 5 }],
    ["messages", { type: "message", content: [], usage: ANTHROPIC }, OF_ANTHROPIC],
    ["google", { candidates: [{ finishReason: "STOP" }], usageMetadata: GOOGLE, modelVersion: "gemini" }, OF_OPENAI],
    ["converse", { output: {}, usage: CONVERSE }, { ...ZERO, input: 100, cached: 60, written: 10, output: 20 }],
    ["titan", { embedding: [], inputTextTokenCount: 7 }, { ...ZERO, input: 7 }],
    ["vertex", { predictions: [{ embeddings: { statistics: { token_count: 3 } } }, { embeddings: { statistics: { token_count: 4 } } }] }, { ...ZERO, input: 7 }],
    ["cohere", { message: {}, usage: { billed_units: { input_tokens: 5, output_tokens: 6 } } }, { ...ZERO, input: 5, output: 6 }],
    ["reasoning left out", { usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 25 } }, { ...ZERO, input: 10, output: 15 }],
  ]) {
    const found = read("application/json", JSON.stringify(document));
    assert.deepEqual([found.usage, found.whole], [usage, true], name);
  }
  const counted = read("application/json", "{}", { "x-amzn-bedrock-input-token-count": "9", "x-amzn-bedrock-output-token-count": "1" });
  assert.deepEqual(counted.usage, { ...ZERO, input: 9, output: 1 });
});

test("usage in streams of five providers, in chunks of any size", () => {
  const chunk = (content, more) => ({ model: "gpt-4o-2024", choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null, ...more });
  const chat = events(chunk("Hé"), chunk("llo"), { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }, { choices: [], usage: OPENAI }, "[DONE]");
  const messages = events({ type: "message_start", message: { model: "claude", usage: { ...ANTHROPIC, output_tokens: 1 } } },
    { type: "content_block_delta", delta: { type: "text_delta", text: "Hello" } },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 20 } }, { type: "message_stop" });
  const responses = events({ type: "response.created", response: { usage: null } }, { type: "response.output_text.delta", delta: "Hello" },
    { type: "response.completed", response: { model: "gpt-4o", usage: RESPONSES } });
  const google = events({ candidates: [{ content: { parts: [{ text: "Hel" }] } }], usageMetadata: { promptTokenCount: 100, candidatesTokenCount: 1 } },
    { candidates: [{ content: { parts: [{ text: "lo" }] }, finishReason: "STOP" }], usageMetadata: GOOGLE });
  for (const size of [1, 7, 100_000]) {
    for (const [content, usage] of [[chat, OF_OPENAI], [messages, OF_ANTHROPIC], [responses, OF_OPENAI], [google, OF_OPENAI]]) {
      const found = read("text/event-stream", content, {}, size);
      assert.deepEqual([found.usage, found.whole], [usage, true]);
    }
  }
  const frames = Buffer.concat([frame({ contentBlockIndex: 0, delta: { text: "Hello" } }), frame({ stopReason: "end_turn" }), frame({ usage: CONVERSE, metrics: {} })]);
  const wrapped = (document) => frame({ bytes: Buffer.from(JSON.stringify(document)).toString("base64") });
  const invoked = Buffer.concat([wrapped({ type: "message_start", message: { usage: ANTHROPIC } }), wrapped({ type: "message_delta", delta: {}, usage: { output_tokens: 20 } })]);
  for (const size of [1, 50, 100_000]) {
    const found = read("application/vnd.amazon.eventstream", frames, {}, size);
    assert.deepEqual([found.usage.input, found.usage.output, found.whole], [100, 20, true]);
    assert.deepEqual(read("application/vnd.amazon.eventstream", invoked, {}, size).usage, OF_ANTHROPIC);
  }
});

test("a stream that is cut off reports the usage so far, and is not complete", () => {
  const delta = (content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
  const openai = read("text/event-stream", events(delta("0 "), delta("1 "), delta("2 ")));
  assert.deepEqual([openai.usage, openai.whole, openai.characters, openai.events], [null, false, 6, 3]);
  const anthropic = read("text/event-stream", events({ type: "message_start", message: { usage: { ...ANTHROPIC, output_tokens: 1 } } },
    { type: "content_block_delta", delta: { type: "text_delta", text: "abc" } }));
  assert.deepEqual([anthropic.usage.input, anthropic.whole, anthropic.events], [100, false, 1]);
  const google = read("text/event-stream", events({ candidates: [{ content: { parts: [{ text: "a" }] } }], usageMetadata: GOOGLE }));
  assert.equal(google.whole, false);
  assert.deepEqual(read("application/json", '{"usage": {"prompt_tokens": 1}').whole, false);
});

test("before its first text a model may have reasoned: an estimate counts 50 tokens a second, up to the limit", async () => {
  const attempt = () => makeAttempt({ url: new URL("https://api.openai.com/v1/chat/completions"), headers: new Headers(), body: "{}", candidates: [], asked: "m" });
  const output = (one, most) => one.used({ estimate: 5, most }).usage.output;
  const [timedOut, cut] = [attempt(), attempt()];
  await new Promise((done) => setTimeout(done, 200));
  timedOut.failed("AbortError");
  const reader = cut.answered({ status: 200, headers: new Headers({ "content-type": "text/event-stream" }) });
  reader.add(Buffer.from(events({ choices: [{ index: 0, delta: { content: "a" }, finish_reason: null }] })));
  await new Promise((done) => setTimeout(done, 300));
  for (const [one, text] of [[timedOut, 0], [cut, 1]]) {
    assert.ok(output(one, 1000) >= 9 + text && output(one, 1000) < 18 + text, output(one, 1000));
    assert.equal(output(one, 3), 3);
  }
});

test("text that a model generates is not read as usage", () => {
  const text = '{"usage":{"prompt_tokens":1}}';
  const document = { choices: [{ message: { content: text, tool_calls: [{ function: { arguments: text } }] }, finish_reason: "stop" }], usage: OPENAI };
  const filler = "x".repeat(2 ** 20);
  for (const more of [{}, { filler }]) {
    assert.deepEqual(read("application/json", JSON.stringify({ ...document, ...more }), {}, 65_536).usage, OF_OPENAI);
  }
  const inner = { type: "message", content: [{ type: "tool_use", input: { usage: { input_tokens: 1 } } }, { filler }], usage: ANTHROPIC };
  assert.deepEqual(read("application/json", JSON.stringify(inner), {}, 65_536).usage, OF_ANTHROPIC);
  assert.equal(read("application/json", JSON.stringify(inner).slice(0, -1), {}, 65_536).whole, false);
});

test("usage is requested where the caller did not, and its event is removed", () => {
  assert.deepEqual(askedUsage("/v1/chat/completions", { stream: true, stream_options: { include_usage: false, include_obfuscation: false } }),
    { stream_options: { include_usage: true, include_obfuscation: false } });
  for (const [path, document] of [["/v1/chat/completions", {}], ["/v1/chat/completions", { stream: true, stream_options: { include_usage: true } }],
    ["/v1/messages", { stream: true }], ["/v1/responses", { stream: true }]]) assert.equal(askedUsage(path, document), null);
  const kept = [{ choices: [], prompt_filter_results: [], usage: null }, { choices: [{ delta: { content: '"usage" é' } }], usage: { prompt_tokens: 1 } }];
  const content = Buffer.from(`: ping\n\n${events(...kept, { choices: [], usage: OPENAI }, "[DONE]")}data: cut`);
  for (const size of [1, 9, 100_000]) {
    const remover = extraRemover();
    const passed = [];
    for (let at = 0; at < content.length; at += size) passed.push(remover.add(content.subarray(at, at + size)));
    passed.push(remover.end());
    assert.equal(Buffer.concat(passed).toString(), `: ping\n\n${events(...kept, "[DONE]")}data: cut`);
  }
});
