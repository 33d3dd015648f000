// Teams: verifies the token, then checks the team's models, records usage and enforces limits.
import { randomBytes } from "node:crypto";
import { GatewayError } from "../errors.mjs";
import { claims } from "../tokens.mjs";
import { checkAllowed, ownModels } from "./allowed_models.mjs";
import { isFree } from "./bounds.mjs";
import { candidatesOfCaller } from "./callers_targets.mjs";
import { makeCounters } from "./counters.mjs";
import { makeIdentity, makeKeys } from "./identity.mjs";
import { makeLedger } from "./ledger.mjs";
import { makePrices } from "./prices.mjs";
import { TABLE } from "./refusals.mjs";
import { makeSignals } from "./signals.mjs";
import { makeSpending, plannedOf } from "./spending.mjs";
import { makeTable } from "./table.mjs";

const UNKNOWN = { team: "unknown" };
const LOGGED_AGAIN_MS = 60_000;

// `config` is GATEWAY_TEAMS and GATEWAY_LIMITS. `outgoing` sends to AWS; `write` writes a line to the log; `limits` wraps the
// ledger with another store of rates.
export function makeTeams({ config, router, outgoing, limits = ({ ledger }) => ledger, write, now = Date.now }) {
  // Each price is listed once, with the names that have it.
  const document = Object.fromEntries(config.prices.flatMap(([price, names]) => names.map((name) => [name, price])));
  const prices = makePrices(document);
  const teams = new Map(Object.entries(config.clients).map(([client, team]) => [client, { team, ...config.teams[team] }]));
  // Identifies this process in the marks in the table.
  const gateway = randomBytes(6).toString("hex");
  // Called for each failure of a store: counts it, and logs it from time to time.
  const failing = (store, where) => {
    let logged = -Infinity;
    return (error) => {
      signals.storeFailed();
      if (now() - logged < LOGGED_AGAIN_MS) return;
      logged = now();
      const code = /^[\w.]{1,60}$/.test(error.code ?? "") ? error.code : error.name;
      write(JSON.stringify({ log: "gateway", level: "error", what: `${store} cannot be reached`, ...where, code }));
    };
  };
  const failed = failing(TABLE, { table: config.table });
  const lost = () => write(JSON.stringify({ log: "gateway", level: "error", what: "usage could not be written to the table; the access log has it" }));
  const table = makeTable({ name: config.table, region: config.region, suffix: config.suffix, send: outgoing.send, credentials: outgoing.credentials, failed, now });
  const ledger = limits({ ledger: makeLedger({ table, gateway, lost, now }), config, outgoing, failing });
  const counters = makeCounters({ table, gateway, lost, now });
  const listed = new Set([
    ...(router?.models ?? []),
    ...Object.values(config.teams).flatMap(({ models }) => models ?? []),
    ...Object.keys(document).map((key) => key.slice(key.indexOf("/") + 1)),
  ].filter((name) => !/[*#]/.test(name)));
  const known = (model) => listed.has(model) || listed.has(model.toLowerCase());
  const signals = makeSignals({ known, budgets: () => ledger.budgets });
  const identify = makeIdentity({ issuer: config.issuer, keyOf: makeKeys(config.issuer, outgoing.send, now), now });

  return {
    // The caller's team and its token's scopes. Throws a GatewayError without a valid token.
    async caller(authorization) {
      const { client_id: client } = await identify(authorization);
      const { scopes } = claims(authorization);
      if (!scopes.includes("invoke")) throw new GatewayError(403, "needs_invoke", "the token lacks the scope invoke");
      return { scopes, team: teams.get(client) ?? UNKNOWN };
    },
    models: (team) => ownModels(team, router.models),
    // Checks and prepares a request; resolves, once it may be sent, to the fields to set in its body.
    async open({ context, team, model, document = {}, bytes, headers }) {
      if (isFree(context.method, context.path)) {
        if (model) checkAllowed(team, model);
        return {};
      }
      const own = router ? { candidates: router.candidates(model), problem: null, models: [] } : candidatesOfCaller(headers, model);
      // OpenRouter accepts more models in this field.
      for (const one of [model, ...own.models, ...[document.models ?? []].flat()]) checkAllowed(team, String(one));
      const planned = plannedOf({ team, path: context.path, document, candidates: own.candidates, config, prices, bytes, now: now() });
      planned.problem ??= own.problem;
      signals.begin(context);
      const named = (provider, name) => known(name) || Boolean(prices(provider, name));
      context.spending = makeSpending({
        team, context, path: context.path, asked: model, chosen: router ? null : [model, ...own.models], candidates: own.candidates, planned, config, prices, ledger, counters,
        report: signals.report, named, now,
      });
      await context.spending.admit();
      return planned.more;
    },
    // Resolves when all usage is written to the table.
    flush: () => Promise.allSettled([ledger.flush(), counters.flush()]),
  };
}
