// Converts the providers' usage objects to one form: `input` includes tokens read from and written to a cache, `output` the
// reasoning. OpenAI and Azure: https://platform.openai.com/docs/api-reference; Anthropic: https://docs.claude.com/en/api/messages;
// Google: https://ai.google.dev/api/generate-content#UsageMetadata; Bedrock:
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html

const count = (value) => (Number.isSafeInteger(value) && value > 0 ? value : 0);

function openai(usage, [input, output]) {
  const details = usage[`${input}_details`] ?? {};
  const given = count(usage[input]);
  return {
    input: given,
    cached: count(details.cached_tokens ?? usage.prompt_cache_hit_tokens),
    written: count(details.cache_write_tokens),
    // Some providers leave reasoning tokens out of the output and count them only in the total.
    output: Math.max(count(usage[output]), count(usage.total_tokens) - given),
    reasoning: count(usage[`${output}_details`]?.reasoning_tokens),
  };
}

function anthropic(usage) {
  const cached = count(usage.cache_read_input_tokens);
  const written_1h = count(usage.cache_creation?.ephemeral_1h_input_tokens);
  const written = Math.max(0, count(usage.cache_creation_input_tokens) - written_1h);
  return { input: count(usage.input_tokens) + cached + written + written_1h, cached, written, written_1h, output: count(usage.output_tokens) };
}

function google(usage) {
  const reasoning = count(usage.thoughtsTokenCount);
  return {
    input: count(usage.promptTokenCount) + count(usage.toolUsePromptTokenCount),
    cached: count(usage.cachedContentTokenCount),
    output: count(usage.candidatesTokenCount) + reasoning,
    reasoning,
  };
}

function converse(usage) {
  const cached = count(usage.cacheReadInputTokens);
  const all = count(usage.cacheWriteInputTokens);
  const details = Array.isArray(usage.cacheDetails) ? usage.cacheDetails : [];
  const written_1h = Math.min(all, details.reduce((sum, one) => sum + (one?.ttl === "1h" ? count(one.inputTokens) : 0), 0));
  return { input: count(usage.inputTokens) + cached + all, cached, written: all - written_1h, written_1h, output: count(usage.outputTokens) };
}

// The counts in a provider's usage object; null where its form is unknown.
export function normalized(usage) {
  if (typeof usage !== "object" || usage === null) return null;
  const made =
    "promptTokenCount" in usage || "candidatesTokenCount" in usage ? google(usage)
    : "inputTokens" in usage || "outputTokens" in usage ? converse(usage)
    : "prompt_tokens" in usage ? openai(usage, ["prompt_tokens", "completion_tokens"])
    : "input_tokens" in usage && ("input_tokens_details" in usage || "total_tokens" in usage) ? openai(usage, ["input_tokens", "output_tokens"])
    : "input_tokens" in usage || "output_tokens" in usage ? anthropic(usage)
    : "inputTokenCount" in usage ? { input: count(usage.inputTokenCount), output: count(usage.outputTokenCount) }
    : usage.billed_units ? anthropic(usage.billed_units)
    : "total_tokens" in usage ? { input: count(usage.total_tokens), output: 0 } // embeddings
    : null;
  if (!made) return null;
  const whole = { input: 0, cached: 0, written: 0, written_1h: 0, output: 0, reasoning: 0, ...made };
  whole.cached = Math.min(whole.cached, whole.input);
  whole.written = Math.min(whole.written, whole.input - whole.cached);
  return whole;
}

// The usage and model in a document of any provider: an answer, or one event of a stream. `raw` is the usage object.
export function usageIn(document) {
  const inner = document.response ?? document.message ?? document;
  const statistics = Array.isArray(document.predictions)
    ? document.predictions.map((one) => one?.embeddings?.statistics?.token_count).filter(Number.isFinite)
    : [];
  return (
    inner.usage ?? document.usage ?? document.usageMetadata ?? document["amazon-bedrock-invocationMetrics"] ?? document.x_groq?.usage ??
    (document.meta?.billed_units ? document.meta : undefined) ??
    (Number.isFinite(document.inputTextTokenCount)
      ? { inputTokenCount: document.inputTextTokenCount, outputTokenCount: document.results?.[0]?.tokenCount }
      : undefined) ??
    (statistics.length ? { inputTokenCount: statistics.reduce((sum, one) => sum + one, 0) } : undefined) ??
    null
  );
}

const ENDS = new Set(["message_delta", "message_stop", "response.completed", "response.incomplete", "response.failed"]);

// Whether this event completes a stream's usage; earlier events have the counts so far.
export function endsUsage(document) {
  if (typeof document.type === "string") return ENDS.has(document.type);
  if (Array.isArray(document.choices)) return !document.choices.length || document.choices.some((one) => one?.finish_reason);
  if (Array.isArray(document.candidates)) return document.candidates.some((one) => one?.finishReason);
  return "usage" in document || "usageMetadata" in document || "amazon-bedrock-invocationMetrics" in document;
}

const NO_TEXT = new Set(["type", "id", "role", "name", "index", "finish_reason", "finishReason", "stop_reason", "signature", "object", "obfuscation"]);

function lengths(value) {
  if (typeof value === "string") return value.length;
  if (Array.isArray(value)) return value.reduce((sum, one) => sum + lengths(one), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce((sum, [name, one]) => sum + (NO_TEXT.has(name) ? 0 : lengths(one)), 0);
}

// The number of generated characters in an event of a stream.
export const generatedIn = (document) =>
  lengths([document.delta, document.candidates?.map((one) => one?.content), document.choices?.map((one) => [one?.delta, one?.text])]);
