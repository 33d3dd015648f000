// Metrics and span attributes by OpenTelemetry's conventions for generative AI, version 1.41.0 (development), with bounded values.
// https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-metrics.md

const API = Symbol.for("opentelemetry.js.api.1");
const SPAN = Symbol.for("OpenTelemetry Context Key SPAN");
const OPERATIONS = new Map([["/v1/embeddings", "embeddings"], ["/v1/completions", "text_completion"]]);
const PROVIDERS = new Map([
  ["azure-openai", "azure.ai.openai"], ["azure-ai", "azure.ai.inference"], ["bedrock", "aws.bedrock"], ["google", "gcp.gemini"],
  ["vertex-ai", "gcp.vertex_ai"], ["mistral-ai", "mistral_ai"], ["x-ai", "x_ai"], ["perplexity-ai", "perplexity"],
]);
const TOKEN_BUCKETS = Array.from({ length: 14 }, (_, power) => 4 ** power);
const SECOND_BUCKETS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

const providerName = (name) => PROVIDERS.get(name) ?? (name || "unknown");

// `known(model)` is whether the settings name a model; any other is reported as "other". `budgets()` is the ledger's.
export function makeSignals({ known, budgets, api = globalThis[API] }) {
  const meter = api?.metrics?.getMeter("ai-gateway");
  const histogram = (name, unit, explicitBucketBoundaries) => meter?.createHistogram(name, { unit, advice: { explicitBucketBoundaries } });
  const tokens = histogram("gen_ai.client.token.usage", "{token}", TOKEN_BUCKETS);
  const duration = histogram("gen_ai.client.operation.duration", "s", SECOND_BUCKETS);
  const firstChunk = histogram("gen_ai.client.operation.time_to_first_chunk", "s", SECOND_BUCKETS);
  const cost = meter?.createCounter("gateway.team.cost", { unit: "{microdollar}" });
  const failures = meter?.createCounter("gateway.team.store.failures", { unit: "{failure}" });
  meter?.createObservableGauge("gateway.team.budget.used", { unit: "%" }).addCallback((result) => {
    for (const { team, spent, budget } of budgets()) {
      result.observe(budget ? (100 * spent) / budget : 100, { "gateway.team": team });
    }
  });
  const spans = new WeakMap();

  return {
    // The span of the request; call this while it is active.
    begin: (context) => spans.set(context, api?.context?.active?.().getValue(SPAN)),
    storeFailed: () => failures?.add(1),
    report({ team, context, attempt, found, cost: micros, usage, path }) {
      const operation = OPERATIONS.get(path) ?? "chat";
      const attributes = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": providerName(attempt?.provider),
        "gen_ai.request.model": known(usage.model) ? usage.model : "other",
        "gateway.team": team.team,
      };
      if (found?.exact) {
        tokens?.record(found.usage.input, { ...attributes, "gen_ai.token.type": "input" });
        if (operation !== "embeddings") tokens?.record(found.usage.output, { ...attributes, "gen_ai.token.type": "output" });
      }
      if (micros) cost?.add(micros, attributes);
      const failed = context.status >= 400 || (context.outcome ?? "complete") !== "complete";
      const error = failed ? { "error.type": context.status >= 400 ? String(context.status) : context.outcome } : {};
      const chunk = context.stream && context.first_chunk !== undefined ? (context.first_chunk - context.began) / 1000 : undefined;
      if (attempt) {
        duration?.record((performance.now() - context.began) / 1000, { ...attributes, ...error });
        if (chunk !== undefined) firstChunk?.record(chunk, attributes);
      }
      spans.get(context)?.setAttributes?.({
        ...attributes,
        ...error,
        ...(usage.model_used ? { "gen_ai.response.model": usage.model_used } : {}),
        "gen_ai.request.stream": Boolean(context.stream),
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens,
        ...(chunk === undefined ? {} : { "gen_ai.response.time_to_first_chunk": chunk }),
        ...(usage.cost_micros === null ? {} : { "gateway.cost_micros": usage.cost_micros }),
        "gateway.usage.estimated": usage.estimated,
      });
    },
  };
}
