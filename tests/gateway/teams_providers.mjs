// Five providers' answers in their documented formats, with different usage for each request.
// OpenAI: https://platform.openai.com/docs/api-reference/chat-streaming and /responses-streaming
// Azure: https://learn.microsoft.com/azure/ai-services/openai/reference (the first event holds prompt_filter_results)
// Anthropic: https://docs.claude.com/en/docs/build-with-claude/streaming
// Google: https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
// Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
//
// The model's name sets the behaviour: `status-500`, `hang-3` (s), `cut-2` (ends after chunks), `slow-40-0.1` (chunks,
// seconds between them), `held` (a stream that waits until it is released); any other name gets an answer.

let seed = 20_261_126;
const random = (most) => {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed % (most + 1);
};

function numbers() {
  const [plain, cached, written, output, reasoning] = [1 + random(900), random(300), random(100), 1 + random(400), random(50)];
  return { plain, cached, written, output: output + reasoning, reasoning };
}

const held = new Set();
export function release() {
  for (const done of held) done();
  held.clear();
}

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

const openai = ({ plain, cached, output, reasoning }, [input, out] = ["prompt_tokens", "completion_tokens"]) => ({
  [input]: plain + cached, [out]: output, total_tokens: plain + cached + output,
  [`${input}_details`]: { cached_tokens: cached, audio_tokens: 0 }, [`${out}_details`]: { reasoning_tokens: reasoning, audio_tokens: 0 },
});
const responses = (used) => openai(used, ["input_tokens", "output_tokens"]);
const anthropic = ({ plain, cached, written }) => ({
  input_tokens: plain, cache_read_input_tokens: cached, cache_creation_input_tokens: written,
  cache_creation: { ephemeral_5m_input_tokens: written, ephemeral_1h_input_tokens: 0 }, service_tier: "standard",
});
const google = ({ plain, cached, output, reasoning }) => ({
  promptTokenCount: plain + cached, cachedContentTokenCount: cached, candidatesTokenCount: output - reasoning, thoughtsTokenCount: reasoning,
  totalTokenCount: plain + cached + output, promptTokensDetails: [{ modality: "TEXT", tokenCount: plain + cached }],
});
const converse = ({ plain, cached, written, output }) => ({
  inputTokens: plain, outputTokens: output, totalTokens: plain + cached + written + output, cacheReadInputTokens: cached, cacheWriteInputTokens: written,
});

const event = (document, name) => `${name ? `event: ${name}\n` : ""}data: ${typeof document === "string" ? document : JSON.stringify(document)}\n\n`;
// Google separates events with CRLF.
const crlf = (document) => `data: ${JSON.stringify(document)}\r\n\r\n`;
const named = (document) => event(document, document.type);

function frame(type, document) {
  const payload = Buffer.from(JSON.stringify(document));
  const header = (name, value) => Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7, 0, value.length]), Buffer.from(value)]);
  const headers = Buffer.concat([header(":event-type", type), header(":content-type", "application/json"), header(":message-type", "event")]);
  const made = Buffer.alloc(12 + headers.length + payload.length + 4);
  made.writeUInt32BE(made.length, 0);
  made.writeUInt32BE(headers.length, 4);
  headers.copy(made, 12);
  payload.copy(made, 12 + headers.length);
  return made;
}

// For each API: the whole answer, and the stream's first events, one event for each chunk of text, and its last events.
const chat = (host) => ({
  kinds: { cached: true, reasoning: true },
  whole: (used) => ({ id: "c", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }], usage: openai(used) }),
  type: "text/event-stream",
  begin: () => (host.endsWith("azure.com") ? [event({ choices: [], created: 0, id: "", model: "", object: "", prompt_filter_results: [{ prompt_index: 0 }] })] : []),
  piece: (text) => event({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content: text }, finish_reason: null }], usage: null }),
  end: (used, asked) => [
    event({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage: null }),
    ...(asked ? [event({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [], usage: openai(used) })] : []),
    event("[DONE]"),
  ],
  reports: (asked) => asked,
});
const APIS = [
  [/\/chat\/completions/, chat],
  [/\/embeddings/, () => ({ kinds: { embeddings: true }, whole: ({ plain }) => ({ object: "list", model: "m", data: [{ object: "embedding", index: 0, embedding: [0.5] }], usage: { prompt_tokens: plain, total_tokens: plain } }) })],
  [/\/completions/, () => ({
    kinds: { cached: true, reasoning: true },
    whole: (used) => ({ id: "c", object: "text_completion", created: 1, model: "m", choices: [{ index: 0, text: "Hello.", finish_reason: "stop", logprobs: null }], usage: openai(used) }),
    type: "text/event-stream",
    begin: () => [],
    piece: (text) => event({ id: "c", object: "text_completion", created: 1, model: "m", choices: [{ index: 0, text, finish_reason: null, logprobs: null }] }),
    end: (used, asked) => [
      event({ id: "c", object: "text_completion", created: 1, model: "m", choices: [{ index: 0, text: "", finish_reason: "stop", logprobs: null }] }),
      ...(asked ? [event({ id: "c", object: "text_completion", created: 1, model: "m", choices: [], usage: openai(used) })] : []), event("[DONE]"),
    ],
    reports: (asked) => asked,
  })],
  [/\/responses/, () => ({
    kinds: { cached: true, reasoning: true },
    whole: (used) => ({ id: "r", object: "response", created_at: 1, status: "completed", model: "m", output: [{ type: "message", id: "i", role: "assistant", status: "completed", content: [{ type: "output_text", text: "Hello.", annotations: [] }] }], usage: responses(used) }),
    type: "text/event-stream",
    begin: () => [named({ type: "response.created", response: { id: "r", object: "response", status: "in_progress", output: [], usage: null } })],
    piece: (text) => named({ type: "response.output_text.delta", item_id: "i", output_index: 0, content_index: 0, delta: text }),
    end: (used) => [named({ type: "response.completed", response: { id: "r", object: "response", status: "completed", model: "m", output: [], usage: responses(used) } })],
  })],
  [/\/v1\/messages/, () => ({
    kinds: { cached: true, written: true },
    whole: (used) => ({ id: "msg", type: "message", role: "assistant", model: "m", content: [{ type: "text", text: "Hello." }], stop_reason: "end_turn", stop_sequence: null, usage: { ...anthropic(used), output_tokens: used.output } }),
    type: "text/event-stream",
    begin: (used) => [named({ type: "message_start", message: { id: "msg", type: "message", role: "assistant", model: "m", content: [], stop_reason: null, stop_sequence: null, usage: { ...anthropic(used), output_tokens: 1 } } }),
      named({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } })],
    piece: (text) => named({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } }),
    end: (used) => [named({ type: "content_block_stop", index: 0 }), named({ type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: used.output } }), named({ type: "message_stop" })],
  })],
  [/:(stream)?[gG]enerateContent/, () => ({
    kinds: { cached: true, reasoning: true },
    whole: (used) => ({ candidates: [{ content: { parts: [{ text: "Hello." }], role: "model" }, finishReason: "STOP", index: 0 }], usageMetadata: google(used), modelVersion: "m" }),
    type: "text/event-stream",
    begin: () => [],
    piece: (text) => crlf({ candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0 }], usageMetadata: { promptTokenCount: 1, totalTokenCount: 1 }, modelVersion: "m" }),
    end: (used) => [crlf({ candidates: [{ content: { parts: [{ text: "" }], role: "model" }, finishReason: "STOP", index: 0 }], usageMetadata: google(used), modelVersion: "m" })],
  })],
  [/\/converse/, () => ({
    kinds: { cached: true, written: true },
    whole: (used) => ({ output: { message: { role: "assistant", content: [{ text: "Hello." }] } }, stopReason: "end_turn", usage: converse(used), metrics: { latencyMs: 1 } }),
    type: "application/vnd.amazon.eventstream",
    begin: () => [frame("messageStart", { role: "assistant" })],
    piece: (text) => frame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }),
    end: (used) => [frame("contentBlockStop", { contentBlockIndex: 0 }), frame("messageStop", { stopReason: "end_turn" }), frame("metadata", { usage: converse(used), metrics: { latencyMs: 1 } })],
  })],
];

function modelOf(request, document) {
  const found = /\/(?:models?|deployments)\/([^/:?]+)/.exec(request.url)?.[1];
  return found ? decodeURIComponent(found) : String(document.model ?? "");
}

// Answers a request. Sets `model`, `usage` if reported, `whole` if all was sent, and `forwarded` chunks in `record`.
export async function answer(request, response, record) {
  const make = APIS.find(([path]) => path.test(request.url))?.[1];
  const { document } = record;
  record.model = modelOf(request, document);
  const [behaviour, first = "0", second = "0"] = record.model.split("-");
  if (!make) return response.writeHead(404, { "content-type": "application/json" }).end("{}");
  if (behaviour === "status") {
    const error = { type: "error", error: { message: "on purpose", type: "on_purpose", param: null, code: null } };
    return response.writeHead(Number(first), { "content-type": "application/json" }).end(JSON.stringify(error));
  }
  if (behaviour === "hang") {
    await pause(Number(first));
    return request.socket.destroy();
  }
  const api = make(record.host);
  const used = numbers();
  for (const kind of ["cached", "written", "reasoning"]) {
    if (!api.kinds[kind]) {
      if (kind === "reasoning") used.output -= used.reasoning;
      used[kind] = 0;
    }
  }
  if (api.kinds.embeddings) used.output = 0;
  const streams = document.stream || /stream/i.test(request.url.split("?")[0].split("/").at(-1));
  if (!streams) {
    Object.assign(record, { usage: used, whole: true });
    const body = JSON.stringify(api.whole(used));
    return response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
  }
  const asked = Boolean(document.stream_options?.include_usage);
  const [pieces, seconds] = behaviour === "slow" ? [Number(first), Number(second)] : behaviour === "cut" ? [Number(first), 0.01] : [1 + random(5), 0];
  response.writeHead(200, { "content-type": api.type });
  for (const one of api.begin(used)) response.write(one);
  if (behaviour === "held") {
    response.write(api.piece("held "));
    record.forwarded += 1;
    await new Promise((done) => held.add(done));
  }
  for (let number = 0; number < pieces && !response.destroyed; number += 1) {
    response.write(api.piece(`${number} `));
    record.forwarded += 1;
    await pause(seconds);
  }
  if (response.destroyed) return undefined;
  if (behaviour === "cut") {
    // Gives the gateway time to receive what was sent.
    await pause(0.3);
    return request.socket.destroy();
  }
  if (api.reports?.(asked) ?? true) Object.assign(record, { usage: used, whole: true });
  for (const one of api.end(used, asked)) response.write(one);
  return response.end();
}
