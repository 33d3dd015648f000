// The budgets and rates of all teams: one item for each team and month, where this process reserves and settles.
import { makeItem } from "./item.mjs";
import { monthOf } from "./months.mjs";
import { rateHeaders } from "./rates.mjs";
import { unreachable } from "./refusals.mjs";
import { LEASE_SECONDS, teamPlan } from "./team_plan.mjs";

// How long a request waits for the table.
const MOST_WAIT_MS = 3000;
// How long a settlement waits to be joined with a reservation.
const TOGETHER_MS = 25;

export const isLimited = (team) =>
  team.monthly_budget_micros != null || Boolean(team.requests_per_minute) || Boolean(team.tokens_per_minute);

export function makeLedger({ table, gateway, lost = () => {}, now = Date.now, mostWaitMs = MOST_WAIT_MS }) {
  const items = new Map();

  function itemOf(team, month) {
    const name = `${team.team} ${month}`;
    if (!items.has(name)) {
      for (const [other, one] of items) if (!other.endsWith(monthOf(now())) && one.held === 0 && one.item.idle) items.delete(other);
      const item = makeItem({ table, gateway, key: { pk: `budget#${team.team}`, sk: month }, plan: teamPlan(team, month), now });
      items.set(name, { item, team, month, held: 0 });
    }
    return items.get(name);
  }

  // An answer may take longer than the lease without another write, so reservations are renewed.
  const beat = setInterval(() => {
    for (const { item, held } of items.values()) {
      if (held > 0 && item.idle) item.push({ kind: "touch", done() {}, fail() {} });
    }
  }, (LEASE_SECONDS * 1000) / 3);
  beat.unref();

  function settle({ entry, lives, amount, tokens, at }, { cost, used }) {
    entry.held -= 1;
    const unused = tokens - used;
    entry.item.push({ kind: "settle", lives, amount, cost, unused, at, done() {}, fail: lost }, TOGETHER_MS);
  }

  function reserve(entry, { amount, tokens, requests }) {
    return new Promise((done, failed) => {
      const at = now();
      const made = () => ({ entry, lives: entry.item.lives, amount, tokens, at });
      const operation = {
        kind: "reserve", amount, tokens, requests,
        done(state) {
          clearTimeout(timer);
          entry.held += 1;
          done({ ...made(), headers: rateHeaders(entry.team, state, now()) });
        },
        fail(error) {
          clearTimeout(timer);
          failed(error.status ? error : unreachable());
        },
        undo() {
          entry.held += 1;
          settle(made(), { cost: 0, used: 0 });
        },
      };
      const timer = setTimeout(() => {
        operation.gone = true;
        failed(unreachable());
      }, mostWaitMs);
      if (table.away) return operation.fail(unreachable());
      entry.item.push(operation);
      return undefined;
    });
  }

  return {
    // Resolves to a reservation for a request that begins now, or throws a GatewayError: 429, or 503 without the table.
    reserve: (team, { amount, tokens }) => reserve(itemOf(team, monthOf(now())), { amount, tokens, requests: 1 }),
    // Another reservation for a second attempt of a request whose first attempt may be billed.
    extend: (reservation, { amount, tokens }) => reserve(reservation.entry, { amount, tokens, requests: 0 }),
    settle,
    // Adds the cost of a request that has no reservation.
    charge(team, at, { cost, used }) {
      const entry = itemOf(team, monthOf(at));
      entry.held += 1;
      settle({ entry, lives: entry.item.lives, amount: 0, tokens: 0, at }, { cost, used });
    },
    // This month's budgets as this process last saw them: team, spent micro-dollars and budget.
    get budgets() {
      const month = monthOf(now());
      return [...items.values()]
        .filter(({ team, item, month: one }) => one === month && team.monthly_budget_micros != null && item.state)
        .map(({ team, item }) => ({ team: team.team, spent: item.state.spent_micros ?? 0, budget: team.monthly_budget_micros }));
    },
    flush: () => Promise.all([...items.values()].map(({ item }) => item.flush())),
  };
}
