// Reserves what a team's request may cost before it is sent, and settles what it did cost at its end.
import { checkAllowed } from "./allowed_models.mjs";
import { makeAttempt } from "./attempts.mjs";
import { boundsOf, generates, limitField } from "./bounds.mjs";
import { isAsked } from "./callers_targets.mjs";
import { isLimited } from "./ledger.mjs";
import { costOf, mostOf } from "./prices.mjs";
import { unbounded } from "./refusals.mjs";
import { askedUsage, extraRemover } from "./unasked_usage.mjs";

const TOKENS = { input_tokens: "input", output_tokens: "output", cached_tokens: "cached", cache_write_tokens: "written", reasoning_tokens: "reasoning" };
// Providers that write to their cache, and bill it, without a field in the request.
const WRITES_BY_ITSELF = /openai|openrouter|azure-ai/;

// The bounds of a request's cost, and the fields to set in it: a limit of the output, and usage in a stream.
export function plannedOf({ team, path, document, candidates, config, prices, bytes, now }) {
  const more = { ...askedUsage(path, document) };
  const budgeted = team.monthly_budget_micros != null;
  const given = boundsOf(path, document, bytes);
  if (budgeted && given.output === null && generates(path)) {
    more[limitField(path, candidates.map(({ provider }) => provider))] = config.default_max_tokens;
  }
  const fields = { ...document, ...more };
  let [amount, problem] = [0, null];
  const each = candidates.map(({ provider, model, overrides }) => {
    const extra = overrides ? Buffer.byteLength(JSON.stringify(overrides)) : 0;
    const bounds = boundsOf(path, fields, bytes + extra, overrides);
    const price = prices(provider, model);
    const output = bounds.output ?? config.default_max_tokens * bounds.choices;
    problem ??= bounds.unbounded ?? (price ? null : `a model without a price (${provider}/${model || "any"})`);
    const caching = bounds.caching || WRITES_BY_ITSELF.test(provider);
    if (price) amount = Math.max(amount, mostOf(price, { ...bounds, caching, output }, now));
    return { input: bounds.input, output, estimate: bounds.estimate };
  });
  const most = (name) => Math.max(...each.map((one) => one[name]));
  return { more, amount, problem, input: most("input"), output: most("output"), estimate: most("estimate"), tokenPaid: generates(path) || path === "/v1/embeddings" };
}

// One request. `planned` is from plannedOf; `named` is whether a model is reported by its name in counters and metrics; `chosen`
// are the checked models where the caller chooses the target, and null where the routes do.
export function makeSpending({ team, context, path, asked, chosen, candidates, planned, config, prices, ledger, counters, report, named, now = Date.now }) {
  const at = now();
  const attempts = [];
  const reservations = [];
  const budgeted = team.monthly_budget_micros != null;
  const limited = isLimited(team);
  const closed = config.when_unreachable === "closed";
  let refusal = null;
  let over = false;

  // Where the table cannot be reached, a setting decides whether requests pass.
  async function reserving(make) {
    try {
      const made = await make();
      if (over) ledger.settle(made, { cost: 0, used: 0 });
      else reservations.push(made);
      return made;
    } catch (error) {
      if (error.code === "limits_unavailable" && !closed) return null;
      throw error;
    }
  }

  const demand = { amount: planned.amount, tokens: planned.estimate + planned.output };

  function refused({ status, code, message, limit }) {
    context.limit = limit;
    return (refusal = [status, code, message]);
  }

  // Why a caller's own target is refused: it serves another model than the requested one, as an Azure deployment can.
  function elsewhere(attempt) {
    const other = chosen && attempt.named.find((name) => !chosen.some((one) => isAsked(name, one)));
    if (!other) return null;
    try {
      checkAllowed(team, other);
    } catch (error) {
      return refused(error);
    }
    if (!budgeted || config.allow_unbounded) return null;
    return refused(unbounded(team, `a deployment (${other}) that has another name than the model; name it as the model`));
  }

  // Why this attempt must not be made, as [status, code, message], or null.
  async function hindrance(attempt) {
    if (refusal) return refusal;
    const led = elsewhere(attempt);
    if (led) return led;
    if (budgeted && planned.tokenPaid && generates(path) && !config.allow_unbounded && !(attempt.limit <= planned.output)) {
      return refused(unbounded(team, `no output limit that reaches ${attempt.provider}; set one by this provider's own name`));
    }
    // An earlier attempt may be billed, so this one needs its own reservation.
    if (!limited || !attempts.some(({ paid }) => paid)) return null;
    try {
      await reserving(() => (reservations.length ? ledger.extend(reservations[0], demand) : ledger.reserve(team, demand)));
      return null;
    } catch (error) {
      return refused(error);
    }
  }

  function measured(attempt) {
    const found = attempt.used({ estimate: planned.estimate, most: planned.tokenPaid ? planned.output : null });
    if (!found) return null;
    const price = prices(attempt.provider, attempt.model) ?? (found.model ? prices(attempt.provider, found.model) : null);
    let cost = price && planned.tokenPaid ? costOf(price, found.usage, at) : null;
    // An estimate is at most what was reserved.
    if (cost !== null && !found.exact && budgeted) cost = Math.min(cost, planned.amount);
    const none = !planned.tokenPaid && !found.exact;
    return { ...found, usage: none ? { input: 0, output: 0 } : found.usage, exact: found.exact || none, cost };
  }

  function count(attempt, found, last) {
    const counts = {};
    if (last) {
      counts.requests = 1;
      if (context.status >= 400 || context.outcome?.startsWith("provider_")) counts.errors = 1;
    }
    if (found?.exact) for (const [name, field] of Object.entries(TOKENS)) counts[name] = found.usage[field];
    if (found?.exact && found.usage.written_1h) counts.cache_write_tokens += found.usage.written_1h;
    if (found && !found.exact) {
      Object.assign(counts, { estimated_requests: 1, estimated_input_tokens: found.usage.input, estimated_output_tokens: found.usage.output });
    }
    if (found?.cost === null) counts.unpriced_requests = 1;
    else if (found) counts[found.exact ? "cost_micros" : "estimated_cost_micros"] = found.cost;
    const known = found?.exact || named(attempt.provider, attempt.model);
    counters.add(team.team, `${attempt.provider || context.provider || "unknown"}/${known ? attempt.model || "unknown" : "other"}`, at, counts);
  }

  return {
    // Removes the usage event from the stream where the caller did not request it.
    remover: planned.more.stream_options ? extraRemover() : null,
    // Resolves when the request may be sent; throws a GatewayError where a limit is reached.
    async admit() {
      if (budgeted && planned.problem && !config.allow_unbounded) throw unbounded(team, planned.problem);
      if (!limited) return;
      const made = await reserving(() => ledger.reserve(team, demand));
      context.limit_headers = made?.headers;
    },
    // Call before an attempt is sent: resolves to null, or to why it must not be sent.
    async begin(url, headers, body) {
      const attempt = makeAttempt({ url, headers, body, candidates, asked });
      const found = await hindrance(attempt);
      if (!found) attempts.push(attempt);
      return found;
    },
    // Call when a provider's answer begins; returns what its chunks are to be added to.
    answered: (response) => attempts.at(-1)?.answered(response) ?? null,
    failed: (code) => attempts.at(-1)?.failed(code),
    // Call once at the request's end: counts what it used and settles its reservations.
    close() {
      if (over) return;
      over = true;
      const found = attempts.map(measured);
      const last = attempts.length - 1;
      attempts.forEach((attempt, index) => {
        attempt.provider ||= context.provider ?? "";
        if (found[index] || index === last) count(attempt, found[index], index === last);
      });
      const sum = (of) => found.reduce((total, one) => total + (one ? of(one) : 0), 0);
      const cost = sum((one) => one.cost ?? 0);
      const used = sum(({ usage }) => usage.input + usage.output);
      if (limited) {
        reservations.forEach((one, index) => ledger.settle(one, index ? { cost: 0, used: 0 } : { cost, used }));
        if (!reservations.length && attempts.length) ledger.charge(team, at, { cost, used });
      }
      const used_by = attempts[last];
      const final = found[last];
      context.usage = {
        model: asked,
        model_used: final?.model || used_by?.model || "",
        input_tokens: sum(({ usage }) => usage.input),
        output_tokens: sum(({ usage }) => usage.output),
        cached_tokens: sum(({ usage }) => usage.cached ?? 0),
        reasoning_tokens: sum(({ usage }) => usage.reasoning ?? 0),
        cost_micros: found.some((one) => one?.cost === null) ? null : cost,
        estimated: found.some((one) => one && !one.exact),
      };
      report({ team, context, attempt: used_by, found: final, cost, usage: context.usage, path });
    },
  };
}

