// Plans one write to a team's item of a month: reservations against the budget and the rates, and settlements.
import { expiryOf } from "./months.mjs";
import { MINUTE_US, rateHeaders, taken, timeOf } from "./rates.mjs";
import { overBudget, overRate } from "./refusals.mjs";

// How long a gateway process's reservations count after its last write.
export const LEASE_SECONDS = 60;
const MARK_SECONDS = 3600;
// Keeps an expression below DynamoDB's limit of 4 KB; the next write handles the rest.
export const MOST_SWEPT = 20;

// Expired marks of gateway processes: their reservations are released, and the marks are removed later.
function swept(state, mark, now) {
  const found = { reserved: 0, set: {}, remove: [], conditions: [], values: {} };
  const seconds = now / 1000;
  for (const [name, { n, held = 0, until }] of Object.entries(state)) {
    if (!name.startsWith("g_") || name === mark || until > seconds) continue;
    if (found.conditions.length === MOST_SWEPT) break;
    const ended = until + MARK_SECONDS < seconds;
    if (!ended && n < 0) continue;
    if (ended) found.remove.push(name);
    else found.set[name] = { n: -n, held: 0, until };
    if (n > 0) found.reserved -= held;
    found.conditions.push(`#${name}.#n = :n_${name}`);
    found.values[`n_${name}`] = n;
  }
  return found;
}

function bucket(unit, limit, state, nowUs) {
  const name = `${unit}_full_at`;
  const known = state[name] ?? 0;
  let fullAt = known;
  let takes = false;
  let back = 0; // microseconds that settlements give back
  return {
    try(units) {
      return taken(limit, fullAt + back, nowUs, units);
    },
    take(units) {
      fullAt = Math.max(fullAt, nowUs) + timeOf(limit, units);
      takes = true;
    },
    // Gives back units that were reserved and not used, unless the bucket has been full since; takes units that were used in
    // addition.
    correct(units, since) {
      if (units < 0) back += timeOf(limit, -units);
      else if ((state[`${unit}_since`] ?? 0) <= since) back -= timeOf(limit, units);
    },
    into({ add, set, conditions, values }) {
      if (!takes) {
        if (back) add[name] = back;
      } else if (known >= nowUs) {
        const more = fullAt - known + back;
        add[name] = more;
        conditions.push(`#${name} BETWEEN :now_us AND :most_${unit}`);
        values.now_us = nowUs;
        values[`most_${unit}`] = Math.max(known, nowUs + MINUTE_US - more);
      } else {
        set[name] = fullAt + Math.max(0, back);
        set[`${unit}_since`] = nowUs;
        conditions.push(`attribute_not_exists(#${name}) OR #${name} < :now_us`);
        values.now_us = nowUs;
      }
    },
  };
}

// The `plan` of item.mjs for a team. Operations: {kind: "reserve", amount, tokens}, {kind: "settle", lives, amount, cost,
// unused, at} where `unused` is the number of reserved tokens that were not used, and {kind: "touch"}.
export const teamPlan = (team, month) => (operations, state, { mark, fresh, now, lives }) => {
  const nowUs = now * 1000;
  const budget = team.monthly_budget_micros;
  const sweep = swept(state, mark, now);
  const buckets = new Map(["requests", "tokens"].filter((unit) => team[`${unit}_per_minute`])
    .map((unit) => [unit, bucket(unit, team[`${unit}_per_minute`], state, nowUs)]));
  const own = state[mark]?.n > 0 ? state[mark].held ?? 0 : 0;
  let [spent, reserved, held] = [0, sweep.reserved, own];
  const settles = operations.filter(({ kind }) => kind === "settle");
  for (const one of settles) {
    spent += one.cost;
    if (one.lives === lives) {
      reserved -= one.amount;
      held -= one.amount;
    }
    if (one.unused) buckets.get("tokens")?.correct(one.unused, one.at * 1000);
  }
  const taking = [];
  const refused = [];
  const committed = state.committed_micros ?? 0;
  for (const one of operations.filter(({ kind }) => kind === "reserve")) {
    const over = budget != null && committed + spent + reserved + one.amount > budget;
    const late = over ? undefined : [...buckets].map(([unit, each]) => [unit, each.try(unit === "requests" ? one.requests : one.tokens).waitUs])
      .find(([, waitUs]) => waitUs > 0);
    if (over) refused.push([one, overBudget(team, one.amount, (state.spent_micros ?? 0) + spent, now)]);
    else if (late) refused.push([one, overRate(team, ...late, rateHeaders(team, state, now))]);
    else {
      taking.push(one);
      reserved += one.amount;
      held += one.amount;
      buckets.get("requests")?.take(one.requests);
      buckets.get("tokens")?.take(one.tokens);
    }
  }
  const update = {
    add: { spent_micros: spent, reserved_micros: reserved, committed_micros: spent + reserved },
    set: { expires_at: expiryOf(month), ...sweep.set },
    remove: sweep.remove,
    conditions: [...sweep.conditions],
    values: { ...sweep.values },
  };
  for (const each of buckets.values()) each.into(update);
  if (budget != null && taking.length) {
    update.values.most = budget - spent - reserved;
    update.conditions.push(`${update.values.most >= 0 ? "attribute_not_exists(#committed_micros) OR " : ""}#committed_micros <= :most`);
  }
  const touches = operations.filter(({ kind }) => kind === "touch");
  return {
    operations: [...settles, ...taking, ...touches],
    refused,
    doubtful: refused.length > 0 && !fresh,
    update,
    kept: { held: Math.max(0, held), until: Math.ceil(now / 1000) + LEASE_SECONDS },
  };
};
