import assert from "node:assert/strict";
import { test } from "node:test";
import { boundsOf, limitField, outgoingLimit } from "../../src/teams/bounds.mjs";
import { candidatesOfCaller } from "../../src/teams/callers_targets.mjs";
import { costOf, makePrices, mostOf } from "../../src/teams/prices.mjs";
import { plannedOf } from "../../src/teams/spending.mjs";

const CHAT = "/v1/chat/completions";
const of = (document, path = CHAT, more = {}) => boundsOf(path, document, Buffer.byteLength(JSON.stringify(document)), more);
const message = (content) => ({ messages: [{ role: "user", content }] });

test("the input is bounded by its bytes, the output by its limits and choices", () => {
  const found = of({ ...message("é".repeat(1000)), max_tokens: 50, max_completion_tokens: 70, n: 3 });
  assert.ok(found.input > 2000 && found.input < 2500);
  assert.deepEqual([found.output, found.unbounded], [210, null]);
  assert.equal(of({ prompt: ["a", "b"], max_tokens: 5, best_of: 2 }, "/v1/completions").output, 20);
  assert.equal(of({ prompt: [1, 2, 3], max_tokens: 5 }, "/v1/completions").output, 5);
  assert.equal(of(message("x")).output, null);
  assert.equal(of(message("x"), CHAT, { max_tokens: 9 }).output, 9);
  assert.equal(of({ input: "x" }, "/v1/embeddings").output, 0);
});

test("a request with an invalid limit is unbounded, even if it has a valid one too", () => {
  for (const max_tokens of ["50", -1, 1.5, 0, 1e300, true, {}, [50]]) {
    const found = of({ ...message("x"), max_tokens, max_completion_tokens: 10 });
    assert.equal(found.unbounded, "a max_tokens that is no number above 0", String(max_tokens));
  }
  assert.equal(of({ ...message("x"), max_tokens: null, max_completion_tokens: 10 }).unbounded, null);
  assert.match(of({ ...message("x"), max_tokens: 5, n: "8" }).unbounded, /^a n /);
  assert.match(of({ prompt: "x", max_tokens: 5, best_of: -1 }, "/v1/completions").unbounded, /^a best_of /);
  assert.equal(of({ prompt: [1, "a", "b"], max_tokens: 5 }, "/v1/completions").output, 15);
});

test("predicted tokens count as output, and cache writes are found in a request with an image", () => {
  const text = "x".repeat(1000);
  assert.ok(of({ ...message("x"), max_tokens: 10, prediction: { type: "content", content: text } }).output > 1010);
  const image = { type: "image", source: { type: "base64", data: "AA" }, cache_control: { type: "ephemeral", ttl: "1h" } };
  assert.equal(of(message([image]), "/v1/messages").caching, true);
});

test("an image in the request is bounded, one at a URL is not", () => {
  const data = `data:image/png;base64,${"A".repeat(400_000)}`;
  const found = of(message([{ type: "image_url", image_url: { url: data } }]));
  assert.deepEqual([found.unbounded, found.input < 60_000], [null, true]);
  assert.equal(of({ input: [{ type: "message", content: [{ type: "input_image", image_url: data }] }] }, "/v1/responses").unbounded, null);
  assert.equal(of(message([{ type: "image", source: { type: "base64", data: "AA" } }]), "/v1/messages").unbounded, null);
});

test("what a request does not bound is named in the result", () => {
  for (const [document, path] of [
    [message([{ type: "image_url", image_url: { url: "https://example.com/a.png" } }])],
    [message([{ type: "image", source: { type: "url", url: "https://example.com/a.png" } }]), "/v1/messages"],
    [message([{ type: "image", source: { type: "file", file_id: "f" } }]), "/v1/messages"],
    [message([{ type: "document", source: { type: "base64", data: "AA" } }]), "/v1/messages"],
    [message([{ type: "file", file: { file_data: "data:application/pdf;base64,AA" } }])],
    [{ input: "x", previous_response_id: "r" }, "/v1/responses"], [{ input: "x", conversation: { id: "c" } }, "/v1/responses"],
    [{ input: "x", prompt: { id: "p" } }, "/v1/responses"], [{ input: [{ type: "item_reference", id: "i" }] }, "/v1/responses"],
    [{ input: "x", background: true }, "/v1/responses"], [{ input: "x", tools: [{ type: "web_search" }] }, "/v1/responses"],
    [{ ...message("x"), tools: [{ type: "web_search_20250305", name: "web_search" }] }, "/v1/messages"],
    [{ ...message("x"), mcp_servers: [{}] }, "/v1/messages"], [{ ...message("x"), web_search_options: {} }],
    [{ ...message("x"), tools: [{ type: "function", function: { name: "google_search" } }] }],
    [{ ...message("x"), service_tier: "priority" }], [{ ...message("x"), modalities: ["text", "audio"] }],
    [{ ...message("x"), modalities: "audio" }], [{ ...message("x"), service_tier: { type: "priority" } }], [{ ...message("x"), speed: "fast" }],
    [{ ...message("x"), additionalModelRequestFields: { max_tokens: 9e9 } }], [{ ...message("x"), additional_model_request_fields: {} }],
    [{ ...message("x"), performance_config: { latency: "optimized" } }], [{ ...message("x"), models: ["other"] }],
    [message([{ type: "input_audio", input_audio: { data: "AA", format: "wav" } }])],
    [{ input: "x", tools: [{ type: "shell", environment: { type: "container_auto" } }] }, "/v1/responses"],
    [{ prompt: "x" }, "/v1/images/generations"], [{ input: "x" }, "/v1/audio/speech"],
  ]) assert.equal(typeof of(document, path).unbounded, "string", JSON.stringify(document));
  for (const [document, path] of [
    [{ ...message("x"), tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: { file: { type: "file" } } } } }] }],
    [{ ...message("x"), tools: [{ name: "f", input_schema: {} }, { type: "bash_20250124", name: "bash" }] }, "/v1/messages"],
    [{ input: "x", tools: [{ type: "shell" }, { type: "shell", environment: { type: "local" } }] }, "/v1/responses"],
    [{ ...message("x"), service_tier: "flex", modalities: ["text"], speed: null }],
    [message([{ type: "document", source: { type: "text", data: "x" } }]), "/v1/messages"], [{ prompt: "a text" }, "/v1/completions"],
  ]) assert.equal(of(document, path).unbounded, null, JSON.stringify(document));
});

test("the limit is set in the field that the providers accept, and read from the outgoing request", () => {
  assert.equal(limitField(CHAT, ["anthropic", "openai"]), "max_completion_tokens");
  assert.equal(limitField(CHAT, ["mistral-ai"]), "max_tokens");
  assert.equal(limitField("/v1/responses", ["openai"]), "max_output_tokens");
  for (const document of [{ max_tokens: 7 }, { generationConfig: { maxOutputTokens: 7 } }, { inferenceConfig: { maxTokens: 7 } }]) assert.equal(outgoingLimit(document), 7);
  assert.equal(outgoingLimit({ messages: [{ max_tokens: 7 }] }), undefined);
});

const PRICES = {
  "openai/gpt-4o-mini": { input: 150_000, output: 600_000, cached_input: 75_000 },
  "openai/gpt-*": { input: 1, output: 1 }, "openai/gpt-4o-####": { input: 2, output: 2 },
  "anthropic/claude": { input: 3_000_000, output: 15_000_000, cached_input: 300_000, cache_write: 3_750_000, cache_write_1h: 6_000_000,
    above: [[200_000, { input: 6_000_000, output: 22_500_000 }]], later: [["2027-01-01", { input: 1_000_000, output: 2_000_000 }]] },
};
const NOVEMBER = Date.UTC(2026, 10, 1);

test("prices: an exact name before the longest pattern, null without a price", () => {
  const price = makePrices(PRICES);
  assert.equal(price("openai", "GPT-4o-mini").input, 150_000);
  assert.deepEqual([price("openai", "gpt-5").input, price("openai", "gpt-4o-2024").input, price("openai", "gpt-4o-20x4").input], [1, 2, 1]);
  assert.equal(price("openai", "o3"), null);
  assert.equal(price("azure-openai", "gpt-4o-mini"), null);
  assert.equal(price("constructor", ""), null);
});

test("cost is rounded up to a whole micro-dollar, by kind of token, step and date", () => {
  const price = makePrices(PRICES);
  const mini = price("openai", "gpt-4o-mini");
  assert.equal(costOf(mini, { input: 1000, cached: 400, output: 10 }, NOVEMBER), 90 + 30 + 6);
  assert.equal(costOf(mini, { input: 1, output: 0 }, NOVEMBER), 1);
  const claude = price("anthropic", "claude");
  assert.equal(costOf(claude, { input: 1000, cached: 100, written: 200, written_1h: 100, output: 10 }, NOVEMBER), 1800 + 30 + 750 + 600 + 150);
  assert.equal(costOf(claude, { input: 200_000, output: 0 }, NOVEMBER), 600_000);
  assert.equal(costOf(claude, { input: 200_001, output: 1 }, NOVEMBER), 1_200_029);
  assert.equal(costOf(claude, { input: 200_001, output: 1 }, Date.UTC(2027, 0, 1)), 200_003);
  assert.equal(mostOf(claude, { input: 1000, output: 10 }, NOVEMBER), 3150);
  assert.equal(mostOf(claude, { input: 1000, output: 10, caching: true }, NOVEMBER), 6150);
  assert.equal(mostOf(claude, { input: 300_000, output: 0 }, NOVEMBER), 1_800_000);
});

test("a request reserves the cost of its most expensive target, with each target's overrides", () => {
  const planned = (team, document, candidates) => plannedOf({
    team: { monthly_budget_micros: null, ...team }, path: CHAT, document, candidates, config: { default_max_tokens: 4096 },
    prices: makePrices(PRICES), bytes: 100, now: NOVEMBER,
  });
  const [mini, claude] = [{ provider: "openai", model: "gpt-4o-mini" }, { provider: "anthropic", model: "claude" }];
  const both = planned({ monthly_budget_micros: 1 }, message("x"), [mini, claude]);
  assert.deepEqual(both.more, { max_completion_tokens: 4096 });
  assert.equal(both.amount, mostOf(makePrices(PRICES)("anthropic", "claude"), { input: 356, output: 4096 }, NOVEMBER));
  assert.deepEqual(planned({}, message("x"), [mini]).more, {}, "only a budget needs a limit");
  const overridden = planned({ monthly_budget_micros: 1 }, { ...message("x"), max_tokens: 5 }, [{ ...mini, overrides: { max_tokens: 900 } }]);
  assert.deepEqual([overridden.more, overridden.output], [{}, 900]);
  assert.match(planned({}, message("x"), [mini, { provider: "groq", model: "m" }]).problem, /without a price \(groq\/m\)/);
  // OpenAI writes to its cache automatically, and bills it.
  const sol = { "openai/sol": { input: 1_000_000, output: 0, cache_write: 1_250_000 }, "anthropic/sol": { input: 1_000_000, output: 0, cache_write: 1_250_000 } };
  const amount = (provider) => plannedOf({ team: {}, path: CHAT, document: message("x"), candidates: [{ provider, model: "sol" }],
    config: { default_max_tokens: 1 }, prices: makePrices(sol), bytes: 100, now: NOVEMBER }).amount;
  assert.deepEqual([amount("openai"), amount("anthropic")], [445, 356]);
});

test("without routes a caller's configuration decides where a request can go", () => {
  const of = (config, more = []) => candidatesOfCaller([["x-portkey-config", JSON.stringify(config)], ...more], "asked");
  assert.deepEqual(candidatesOfCaller([["x-portkey-provider", "openai"]], "asked"),
    { candidates: [{ provider: "openai", model: "asked", key: "" }], models: [], problem: null });
  assert.deepEqual(of({ targets: [{ override_params: { model: "a" } }, { overrideParams: { model: "b" } }] }).models, ["a", "b"]);
  assert.match(of({ provider: "x", override_params: {} }).problem, /targets or override_params/);
  const escaped = '{"provider": "x", "override\\u005fparams": {"model": "a"}}';
  assert.deepEqual(candidatesOfCaller([["x-portkey-config", escaped]], "asked").models, ["a"]);
  assert.match(candidatesOfCaller([["x-portkey-config", escaped]], "asked").problem, /override_params/);
  assert.equal(of({ provider: "x", api_key: "k" }).problem, null);
  for (const name of ["override__params", "_override_params", "Override-Params"]) {
    const found = of({ provider: "x", [name]: { model: "a" } });
    assert.deepEqual([found.models, /override_params/.test(found.problem)], [["a"], true], name);
  }
});
