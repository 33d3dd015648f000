// A ledger with rates in Valkey and budgets in the table.
import tls from "node:tls";
import { PURPOSE } from "../connections.mjs";
import { rateHeaders } from "../teams/rates.mjs";
import { overRate, unreachable } from "../teams/refusals.mjs";
import { makeBuckets } from "./buckets.mjs";
import { makeClient } from "./client.mjs";
import { signInToken } from "./token.mjs";

const STORE = "the store of rate limits";

// A team without its rates, for the table, which has only the budget.
const unrated = (team) => ({ ...team, requests_per_minute: null, tokens_per_minute: null });
const isRated = (team) => Boolean(team.requests_per_minute) || Boolean(team.tokens_per_minute);
const isBudgeted = (team) => team.monthly_budget_micros != null;

// The interface of a ledger, with rates from `run` (buckets.mjs). `closed`: requests of teams with rates are refused while Valkey
// is unavailable.
export function splitLedger({ ledger, run, client, closed }) {
  async function taken(team, requests, tokens) {
    if (!isRated(team)) return null;
    let found;
    try {
      if (client.away) throw new Error("away");
      found = await run(team, requests, tokens);
    } catch {
      if (closed) throw unreachable(STORE);
      return null;
    }
    const headers = rateHeaders(team, found.state, 0);
    if (found.unit) throw overRate(team, found.unit, found.waitUs, headers);
    return { at: found.at, headers };
  }

  // No request waits for this. If it is lost, the bucket is right again within a minute.
  function correct(team, requests, tokens, at) {
    if ((requests || tokens) && !client.away) run(team, requests, tokens, at).catch(() => {});
  }

  async function made(team, { amount, tokens }, requests, before) {
    const rates = await taken(team, requests, tokens);
    let budget = null;
    try {
      if (isBudgeted(team)) budget = await before(unrated(team));
    } catch (error) {
      // Where the request is served although the table is unavailable, the units stay taken.
      if (error.code !== "limits_unavailable" || closed) {
        if (rates) correct(team, -requests, -tokens, rates.at);
        throw error;
      }
    }
    return { team, budget, amount, tokens, rates, began: Date.now(), headers: rates?.headers };
  }

  return {
    reserve: (team, demand) => made(team, demand, 1, (own) => ledger.reserve(own, demand)),
    extend: (reservation, demand) => made(reservation.team, demand, 0, (own) =>
      (reservation.budget ? ledger.extend(reservation.budget, demand) : ledger.reserve(own, demand))),
    settle({ team, budget, tokens, rates, began }, { cost, used }) {
      if (budget) ledger.settle(budget, { cost, used });
      else if (isBudgeted(team) && cost) ledger.charge(unrated(team), began, { cost, used });
      if (rates && team.tokens_per_minute) correct(team, 0, used - tokens, rates.at);
    },
    charge(team, at, { cost, used }) {
      if (isBudgeted(team)) ledger.charge(unrated(team), at, { cost, used });
      if (team.tokens_per_minute) correct(team, 0, used, "0");
    },
    get budgets() {
      return ledger.budgets;
    },
    flush: () => ledger.flush(),
  };
}

// `config` is GATEWAY_TEAMS and GATEWAY_LIMITS; `config.valkey` has host, port, cache, and the user that the task role
// authenticates as.
export function makeLimits({ ledger, config, outgoing, failing }) {
  const { host, port, cache, user } = config.valkey;
  const client = makeClient({
    failed: failing(STORE, { store: host }),
    connect: () => tls.connect({ host, port, servername: host, [PURPOSE]: { kind: "valkey", host, port } }),
    async greeting() {
      const token = signInToken({ cache, user, region: config.region, credentials: await outgoing.credentials() });
      return ["HELLO", "3", "AUTH", user, token];
    },
  });
  return splitLedger({ ledger, run: makeBuckets(client), client, closed: config.when_unreachable === "closed" });
}
