import assert from "node:assert/strict";
import { test } from "node:test";
import { USER, missing, serveValkey } from "../../testing/valkey.mjs";
import { makeBuckets } from "../../src/valkey/buckets.mjs";
import { makeClient } from "../../src/valkey/client.mjs";
import { splitLedger } from "../../src/valkey/limits.mjs";

const TOKEN = "the-token";
const needed = { skip: missing };
const team = (more) => ({ team: "search", monthly_budget_micros: null, tokens_per_minute: null, requests_per_minute: null, ...more });
const DEMAND = { amount: 0, tokens: 1 };

// A ledger of budgets that records its calls.
function noted(refusal) {
  const calls = [];
  const note = (name) => (...given) => calls.push([name, ...given]);
  return {
    calls, settle: note("settle"), charge: note("charge"), flush: async () => calls.push(["flush"]), budgets: [],
    async reserve(own, demand) {
      calls.push(["reserve", own, demand]);
      if (refusal) throw refusal;
      return { id: "budget" };
    },
    async extend(reservation, demand) {
      calls.push(["extend", reservation, demand]);
      return { id: "more" };
    },
  };
}

function gateway(context, server, { token = () => TOKEN, closed = true, ledger = noted(), ...options } = {}) {
  const failures = [];
  const client = makeClient({
    connect: server.connect, greeting: async () => ["HELLO", "3", "AUTH", USER, token()], failed: (error) => failures.push(error.code), ...options,
  });
  context.after(client.close);
  return { limits: splitLedger({ ledger, run: makeBuckets(client), client, closed }), client, failures, ledger };
}

async function outcome(promise) {
  try {
    return { reservation: await promise };
  } catch (error) {
    return { status: error.status, code: error.code, headers: error.headers, message: error.message };
  }
}

// Calls the server as its administrator.
const admins = new WeakMap();
function admin(context, server, ...parts) {
  if (!admins.has(server)) {
    admins.set(server, makeClient({ connect: server.connect, greeting: async () => ["AUTH", "default", "admin"] }));
    context.after(admins.get(server).close);
  }
  return admins.get(server).call(...parts);
}

test("200 requests at once on three gateways against 50 a minute: 50 pass", needed, async (context) => {
  const server = await serveValkey(context);
  const gateways = ["a", "b", "c"].map(() => gateway(context, server));
  const search = team({ requests_per_minute: 50 });
  const began = performance.now();
  const found = await Promise.all(Array.from({ length: 200 }, (_, number) => outcome(gateways[number % 3].limits.reserve(search, DEMAND))));
  const seconds = (performance.now() - began) / 1000;
  const passed = found.filter(({ reservation }) => reservation);
  // The bucket refills while the requests arrive: one request in 1.2 s.
  assert.ok(passed.length >= 50 && passed.length <= 50 + Math.ceil(seconds / 1.2), `${passed.length} in ${seconds} s`);
  const refused = found.find(({ code }) => code);
  assert.deepEqual([refused.status, refused.code], [429, "rate_limit_exceeded"]);
  assert.match(refused.headers["retry-after"], /^[12]$/);
  assert.equal(refused.headers["x-ratelimit-limit-requests"], "50");
  assert.equal(refused.headers["x-ratelimit-remaining-requests"], "0");
  assert.deepEqual(gateways.flatMap(({ failures }) => failures), []);
});

test("the headers are the same as with the table, and a full bucket leaves no key", needed, async (context) => {
  const server = await serveValkey(context);
  const { limits } = gateway(context, server);
  const search = team({ requests_per_minute: 60_000, tokens_per_minute: 6000 });
  const { headers } = await limits.reserve(search, { amount: 0, tokens: 1000 });
  assert.deepEqual(headers, {
    "x-ratelimit-limit-requests": "60000", "x-ratelimit-remaining-requests": "59999", "x-ratelimit-reset-requests": "1ms",
    "x-ratelimit-limit-tokens": "6000", "x-ratelimit-remaining-tokens": "5000", "x-ratelimit-reset-tokens": "10s",
  });
  assert.ok(await admin(context, server, "PTTL", "rate:search") > 9000);
  await limits.reserve(team({ team: "other", requests_per_minute: 60_000 }), DEMAND);
  await new Promise((done) => setTimeout(done, 30));
  assert.equal(await admin(context, server, "EXISTS", "rate:other"), 0);
});

test("tokens: unused ones are given back, those used in addition are taken, and a refused request takes nothing", needed, async (context) => {
  const server = await serveValkey(context);
  const { limits } = gateway(context, server);
  const search = team({ tokens_per_minute: 6000, requests_per_minute: 1000 });
  const take = async (tokens) => outcome(limits.reserve(search, { amount: 0, tokens }));
  const left = (found) => Number((found.reservation ?? found).headers["x-ratelimit-remaining-tokens"]);
  const near = (expected, found) => assert.ok(Math.abs(left(found) - expected) <= 100, `${left(found)} is not about ${expected}`);
  const first = await take(5000);
  near(1000, first);
  const refused = await take(2000);
  assert.equal(refused.code, "rate_limit_exceeded");
  assert.match(refused.message, /team search has reached its 6000 tokens per minute; try again in (9|10) s/);
  limits.settle(first.reservation, { cost: 0, used: 500 });
  const second = await take(2000);
  near(3500, second);
  assert.equal(second.reservation.headers["x-ratelimit-remaining-requests"], "998");
  limits.settle(second.reservation, { cost: 0, used: 8000 });
  const third = await take(1);
  assert.deepEqual([third.code, third.headers["x-ratelimit-remaining-tokens"]], ["rate_limit_exceeded", "0"]);
  assert.match(third.headers["retry-after"], /^2[56]$/);
});

test("units from before the bucket was full are not given back twice", needed, async (context) => {
  const server = await serveValkey(context);
  const { limits } = gateway(context, server);
  // A thousand tokens refill in a tenth of a second.
  const search = team({ tokens_per_minute: 600_000 });
  const early = await limits.reserve(search, { amount: 0, tokens: 1000 });
  await new Promise((done) => setTimeout(done, 150));
  await limits.reserve(search, { amount: 0, tokens: 300_000 });
  limits.settle(early, { cost: 0, used: 0 });
  const { headers } = await limits.reserve(search, { amount: 0, tokens: 0 });
  assert.ok(Math.abs(Number(headers["x-ratelimit-remaining-tokens"]) - 300_000) < 900, headers["x-ratelimit-remaining-tokens"]);
});

test("budgets stay in the table: it gets the team without rates, and its refusals take no units from Valkey", needed, async (context) => {
  const server = await serveValkey(context);
  const search = team({ requests_per_minute: 600, monthly_budget_micros: 1000 });
  const unrated = { ...search, requests_per_minute: null };
  const good = gateway(context, server);
  const demand = { amount: 7, tokens: 1 };
  const reservation = await good.limits.reserve(search, demand);
  const more = await good.limits.extend(reservation, demand);
  good.limits.settle(more, { cost: 5, used: 1 });
  good.limits.charge(search, 1, { cost: 2, used: 3 });
  await good.limits.flush();
  assert.deepEqual(good.ledger.calls, [
    ["reserve", unrated, demand], ["extend", { id: "budget" }, demand], ["settle", { id: "more" }, { cost: 5, used: 1 }],
    ["charge", unrated, 1, { cost: 2, used: 3 }], ["flush"],
  ]);
  const over = Object.assign(new Error("over"), { status: 429, code: "budget_exceeded", headers: {} });
  const refusing = gateway(context, server, { ledger: noted(over) });
  assert.equal((await outcome(refusing.limits.reserve(search, demand))).code, "budget_exceeded");
  const { headers } = await good.limits.reserve(search, demand);
  assert.equal(headers["x-ratelimit-remaining-requests"], "598");
  // A team without rates does not call Valkey.
  await server.stop();
  assert.equal((await good.limits.reserve(team({ monthly_budget_micros: 1 }), demand)).headers, undefined);
});

test("while the server is down, requests are refused or pass, by the setting", needed, async (context) => {
  const server = await serveValkey(context);
  const search = team({ requests_per_minute: 1000 });
  const strict = gateway(context, server);
  const open = gateway(context, server, { closed: false });
  for (const { limits } of [strict, open]) await limits.reserve(search, DEMAND);
  await server.stop();
  const began = performance.now();
  const refused = await Promise.all(Array.from({ length: 20 }, () => outcome(strict.limits.reserve(search, DEMAND))));
  assert.deepEqual([...new Set(refused.map(({ code }) => code))], ["limits_unavailable"]);
  assert.deepEqual([refused[0].status, refused[0].headers["retry-after"]], [503, "5"]);
  assert.match(refused[0].message, /^the store of rate limits cannot be reached/);
  const passed = await open.limits.reserve(search, DEMAND);
  assert.deepEqual([passed.rates, passed.headers], [null, undefined]);
  assert.ok(performance.now() - began < 3000);
  assert.ok(strict.failures.length >= 1 && strict.failures.every((code) => code === "ECONNREFUSED" || code === "ECONNCLOSED"), String(strict.failures));
  await server.start();
  const deadline = performance.now() + 4000;
  let found;
  do found = await outcome(strict.limits.reserve(search, DEMAND));
  while (!found.reservation && performance.now() < deadline && (await new Promise((done) => setTimeout(done, 50, true))));
  // It restarts empty, without the script.
  assert.equal(found.reservation?.headers["x-ratelimit-remaining-requests"], "999");
});

test("a lost connection is opened again, and no request fails", needed, async (context) => {
  const server = await serveValkey(context);
  const search = team({ requests_per_minute: 100_000 });
  const { limits, failures } = gateway(context, server);
  await limits.reserve(search, DEMAND);
  await admin(context, server, "PING");
  for (let count = 0; count < 5; count += 1) {
    const asked = Array.from({ length: 40 }, () => outcome(limits.reserve(search, DEMAND)));
    await admin(context, server, "CLIENT", "KILL", "USER", USER);
    const lost = (await Promise.all(asked)).filter(({ code }) => code);
    assert.deepEqual([lost.length, failures], [0, []]);
  }
  assert.deepEqual(failures, []);
});

test("a server that hangs delays a request no longer than the timeout", needed, async (context) => {
  const server = await serveValkey(context);
  const search = team({ requests_per_minute: 1000 });
  const { limits, client, failures } = gateway(context, server, { commandMs: 300 });
  await limits.reserve(search, DEMAND);
  server.pause();
  const began = performance.now();
  const found = [];
  for (let count = 0; count < 4; count += 1) found.push(await outcome(limits.reserve(search, DEMAND)));
  const took = performance.now() - began;
  server.resume();
  assert.deepEqual(found.map(({ code }) => code), Array(4).fill("limits_unavailable"));
  assert.deepEqual(failures, Array(3).fill("ETIMEDOUT"));
  assert.ok(took > 800 && took < 1500, String(took));
  assert.equal(client.away, true);
});

test("after a token is refused the next connection uses a new one; no error contains a token", needed, async (context) => {
  const server = await serveValkey(context);
  const search = team({ requests_per_minute: 1000 });
  let token = TOKEN;
  const { limits, failures } = gateway(context, server, { token: () => token });
  await limits.reserve(search, DEMAND);
  await admin(context, server, "ACL", "SETUSER", USER, "resetpass", ">the-next-token");
  // An open connection stays, and ends when its password is removed, as ElastiCache's connections do after 12 hours.
  await limits.reserve(search, DEMAND);
  await admin(context, server, "CLIENT", "KILL", "USER", USER);
  const refused = await outcome(limits.reserve(search, DEMAND));
  assert.equal(refused.code, "limits_unavailable");
  assert.deepEqual(failures, ["WRONGPASS"]);
  assert.equal(JSON.stringify(refused).includes(TOKEN), false);
  token = "the-next-token";
  assert.ok((await limits.reserve(search, DEMAND)).headers);
});

test("the connection is replaced before its twelve hours end, and commands on the old one are answered", needed, async (context) => {
  const server = await serveValkey(context);
  const search = team({ requests_per_minute: 1000 });
  let [now, shown] = [0, 0];
  const { limits, failures } = gateway(context, server, { now: () => now, token: () => ((shown += 1), TOKEN) });
  for (const hours of [0, 5, 7, 12, 14]) {
    now = hours * 3_600_000;
    const asked = await Promise.all(Array.from({ length: 5 }, () => limits.reserve(search, DEMAND)));
    assert.equal(asked.length, 5);
  }
  assert.deepEqual([shown, failures], [3, []]);
});

test("the user's permissions allow these commands only", needed, async (context) => {
  const server = await serveValkey(context);
  const { client, limits } = gateway(context, server);
  await limits.reserve(team({ requests_per_minute: 10 }), DEMAND);
  for (const parts of [["GET", "rate:search"], ["KEYS", "*"], ["FLUSHALL"], ["CONFIG", "GET", "*"], ["HSET", "other", "a", "b"], ["ACL", "LIST"]]) {
    await assert.rejects(client.call(...parts), { code: "NOPERM" }, parts.join(" "));
  }
});
