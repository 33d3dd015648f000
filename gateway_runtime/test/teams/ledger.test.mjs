import assert from "node:assert/strict";
import { test } from "node:test";
import { clientOf, serveTable } from "../../testing/table.mjs";
import { makeLedger } from "../../src/teams/ledger.mjs";

const NOVEMBER = Date.UTC(2026, 10, 20);
const team = (more) => ({ team: "search", monthly_budget_micros: null, tokens_per_minute: null, requests_per_minute: null, ...more });
const KEY = { pk: "budget#search", sk: "2026-11" };

function gateway(url, id, options = {}) {
  const { table, writes } = clientOf(url, options);
  const { now = () => NOVEMBER, mostWaitMs = 20_000 } = options;
  return { ledger: makeLedger({ table, gateway: id, now, mostWaitMs }), writes, table };
}

async function outcome(promise) {
  try {
    return { reservation: await promise };
  } catch (error) {
    return { code: error.code, headers: error.headers, message: error.message };
  }
}

test("200 requests at once on three gateways against a budget for 50: 50 pass, and no more is spent", async (context) => {
  const url = await serveTable(context);
  const gateways = ["a", "b", "c"].map((id) => gateway(url, id));
  const search = team({ monthly_budget_micros: 50_000 });
  const found = await Promise.all(Array.from({ length: 200 }, (_, number) =>
    outcome(gateways[number % 3].ledger.reserve(search, { amount: 1000, tokens: 1 }))));
  const passed = found.filter(({ reservation }) => reservation);
  assert.equal(passed.length, 50);
  assert.deepEqual([...new Set(found.map(({ code }) => code))].filter(Boolean), ["budget_reserved"]);
  passed.forEach(({ reservation }) => gateways[0].ledger.settle(reservation, { cost: 1000, used: 1 }));
  await Promise.all(gateways.map(({ ledger }) => ledger.flush()));
  const item = await gateways[0].table.get(KEY);
  assert.deepEqual([item.spent_micros, item.reserved_micros, item.committed_micros], [50_000, 0, 50_000]);
  const last = await outcome(gateways[1].ledger.reserve(search, { amount: 1000, tokens: 1 }));
  assert.equal(last.code, "budget_exceeded");
  assert.equal(last.headers["retry-after"], String((Date.UTC(2026, 11, 1) - NOVEMBER) / 1000));
  assert.match(last.message, /team search has spent its budget of \$0.05 for this month; the next month begins on 2026-12-01 \(UTC\)/);
});

test("reserved and unused budget is available again after the answer", async (context) => {
  const { ledger, table } = gateway(await serveTable(context), "a");
  const search = team({ monthly_budget_micros: 1000 });
  for (let spent = 0; spent < 900; spent += 100) {
    const reservation = await ledger.reserve(search, { amount: 190, tokens: 0 });
    ledger.settle(reservation, { cost: 100, used: 0 });
  }
  const last = await outcome(ledger.reserve(search, { amount: 190, tokens: 0 }));
  assert.match(last.message, /has \$0.000100 of its budget of \$0.001000 left for this month, and this request may cost \$0.000190/);
  await ledger.reserve(search, { amount: 100, tokens: 0 });
  assert.equal((await table.get(KEY)).committed_micros, 1000);
});

test("a request takes one write before and one after, and the second is joined with the next request's first", async (context) => {
  const { ledger, writes } = gateway(await serveTable(context), "a");
  const search = team({ monthly_budget_micros: 1e9, requests_per_minute: 600, tokens_per_minute: 1e6 });
  for (let count = 0; count < 10; count += 1) {
    ledger.settle(await ledger.reserve(search, { amount: 10, tokens: 10 }), { cost: 5, used: 5 });
  }
  await ledger.flush();
  assert.deepEqual(writes, Array(11).fill("UpdateItem"));
});

test("waiting operations are joined: 200 requests at once take a handful of writes", async (context) => {
  const { ledger, writes } = gateway(await serveTable(context), "a");
  const search = team({ monthly_budget_micros: 1e9 });
  await ledger.reserve(search, { amount: 1, tokens: 0 });
  await Promise.all(Array.from({ length: 200 }, () => ledger.reserve(search, { amount: 1, tokens: 0 })));
  assert.ok(writes.length < 8, writes.length);
});

test("a write whose answer is lost counts once", async (context) => {
  const url = await serveTable(context);
  let number = 0;
  const link = async (send) => {
    number += 1;
    const answer = await send();
    if (number % 3 === 1) throw Object.assign(new Error("lost"), { code: "ECONNRESET" });
    return answer;
  };
  // While the table counts as unavailable, calls are refused at once; move the clock past that.
  let now = NOVEMBER;
  const { ledger, table } = gateway(url, "a", { link, now: () => (now += 2000) });
  const search = team({ monthly_budget_micros: 1e9 });
  for (let count = 0; count < 30; count += 1) {
    const reservation = await ledger.reserve(search, { amount: 100, tokens: 0 });
    ledger.settle(reservation, { cost: 7, used: 0 });
  }
  await ledger.flush();
  const item = await clientOf(url).table.get(KEY);
  assert.deepEqual([item.spent_micros, item.reserved_micros, item.committed_micros], [210, 0, 210]);
  assert.ok(table);
});

test("a lost write is sent again, and one that arrives late does not apply twice", async (context) => {
  const url = await serveTable(context);
  const late = [];
  let number = 0;
  const link = (send, operation) => {
    number += 1;
    if (operation !== "UpdateItem" || number % 4 !== 1) return send();
    late.push(send);
    throw Object.assign(new Error("lost"), { code: "ECONNRESET" });
  };
  let now = NOVEMBER;
  const { ledger } = gateway(url, "a", { link, now: () => (now += 2000) });
  const search = team({ monthly_budget_micros: 1e9 });
  for (let count = 0; count < 12; count += 1) {
    ledger.settle(await ledger.reserve(search, { amount: 100, tokens: 0 }), { cost: 7, used: 0 });
    while (late.length) await late.pop()();
  }
  await ledger.flush();
  const item = await clientOf(url).table.get(KEY);
  assert.deepEqual([item.spent_micros, item.reserved_micros, item.committed_micros], [84, 0, 84]);
});

test("only the reservations of a gateway that has ended expire", async (context) => {
  const url = await serveTable(context);
  let now = NOVEMBER;
  const clock = () => now;
  const [dead, alive] = [gateway(url, "dead", { now: clock }), gateway(url, "alive", { now: clock })];
  const search = team({ monthly_budget_micros: 1000 });
  await dead.ledger.reserve(search, { amount: 600, tokens: 0 });
  const kept = await alive.ledger.reserve(search, { amount: 300, tokens: 0 });
  assert.equal((await outcome(alive.ledger.reserve(search, { amount: 200, tokens: 0 }))).code, "budget_reserved");
  now += 59_000;
  alive.ledger.settle(kept, { cost: 300, used: 0 });
  await alive.ledger.flush();
  assert.equal((await outcome(alive.ledger.reserve(search, { amount: 200, tokens: 0 }))).code, "budget_reserved");
  now += 2_000;
  await alive.ledger.reserve(search, { amount: 700, tokens: 0 });
  const item = await alive.table.get(KEY);
  assert.deepEqual([item.spent_micros, item.reserved_micros, item.committed_micros], [300, 700, 1000]);
});

test("marks of a hundred ended gateways are removed over several writes, each within DynamoDB's 4 KB", async (context) => {
  const url = await serveTable(context);
  let now = NOVEMBER;
  let longest = 0;
  const link = (send, _, body) => {
    longest = Math.max(longest, JSON.parse(body).ConditionExpression?.length ?? 0, JSON.parse(body).UpdateExpression?.length ?? 0);
    return send();
  };
  const search = team({ monthly_budget_micros: 1000 });
  const gone = Array.from({ length: 100 }, (_, number) => `g_00000000${number + 100}`);
  const held = { n: 1, held: 5, until: NOVEMBER / 1000 + 60 };
  for (const some of [gone.slice(0, 50), gone.slice(50)]) {
    await clientOf(url).table.update(KEY, { add: { reserved_micros: 250, committed_micros: 250 }, set: Object.fromEntries(some.map((name) => [name, held])) });
  }
  const { ledger, table } = gateway(url, "living", { now: () => now, link });
  now += 61_000;
  for (let count = 0; count < 6; count += 1) ledger.settle(await ledger.reserve(search, { amount: 400, tokens: 0 }), { cost: 1, used: 0 });
  await ledger.flush();
  const item = await table.get(KEY);
  assert.deepEqual([item.spent_micros, item.reserved_micros, item.committed_micros], [6, 0, 6]);
  now += 3700_000;
  for (let count = 0; count < 6; count += 1) ledger.settle(await ledger.reserve(search, { amount: 1, tokens: 0 }), { cost: 0, used: 0 });
  await ledger.flush();
  assert.deepEqual(Object.keys(await table.get(KEY)).filter((name) => name.startsWith("g_")), ["g_living"]);
  assert.ok(longest > 500 && longest < 4096, longest);
});

test("a running gateway whose reservations expired settles its cost and releases nothing twice", async (context) => {
  const url = await serveTable(context);
  let now = NOVEMBER;
  const clock = () => now;
  const [slow, other] = [gateway(url, "slow", { now: clock }), gateway(url, "other", { now: clock })];
  const search = team({ monthly_budget_micros: 1000 });
  const reservation = await slow.ledger.reserve(search, { amount: 600, tokens: 0 });
  now += 61_000;
  await other.ledger.reserve(search, { amount: 900, tokens: 0 });
  slow.ledger.settle(reservation, { cost: 50, used: 0 });
  await slow.ledger.flush();
  const item = await slow.table.get(KEY);
  assert.deepEqual([item.spent_micros, item.reserved_micros, item.committed_micros], [50, 900, 950]);
  // And continues as before.
  slow.ledger.settle(await slow.ledger.reserve(search, { amount: 40, tokens: 0 }), { cost: 10, used: 0 });
  await slow.ledger.flush();
  assert.equal((await slow.table.get(KEY)).committed_micros, 960);
});

test("the month ends at midnight UTC: a request counts in the month in which it began, and a new budget starts", async (context) => {
  let now = Date.UTC(2026, 11, 1) - 500;
  const { ledger, table } = gateway(await serveTable(context), "a", { now: () => now });
  const search = team({ monthly_budget_micros: 1000 });
  const reservation = await ledger.reserve(search, { amount: 1000, tokens: 0 });
  const refused = await outcome(ledger.reserve(search, { amount: 1000, tokens: 0 }));
  assert.equal(refused.code, "budget_reserved");
  now += 1000;
  const next = await ledger.reserve(search, { amount: 1000, tokens: 0 });
  ledger.settle(reservation, { cost: 1000, used: 0 });
  ledger.settle(next, { cost: 10, used: 0 });
  await ledger.flush();
  assert.equal((await table.get(KEY)).spent_micros, 1000);
  assert.equal((await table.get({ ...KEY, sk: "2026-12" })).spent_micros, 10);
  assert.deepEqual(ledger.budgets, [{ team: "search", spent: 10, budget: 1000 }]);
});

test("requests per minute: a bucket of one minute that refills, shared by gateways", async (context) => {
  const url = await serveTable(context);
  let now = NOVEMBER;
  const gateways = ["a", "b", "c"].map((id) => gateway(url, id, { now: () => now }));
  const search = team({ requests_per_minute: 60 });
  const ask = (number) => outcome(gateways[number % 3].ledger.reserve(search, { amount: 0, tokens: 0 }));
  const found = await Promise.all(Array.from({ length: 150 }, (_, number) => ask(number)));
  assert.equal(found.filter(({ reservation }) => reservation).length, 60);
  const refused = found.find(({ code }) => code);
  assert.equal(refused.code, "rate_limit_exceeded");
  assert.deepEqual([refused.headers["retry-after"], refused.headers["x-ratelimit-limit-requests"]], ["1", "60"]);
  assert.equal((await ask(0)).code, "rate_limit_exceeded");
  now += 10_000;
  const later = await Promise.all(Array.from({ length: 30 }, (_, number) => ask(number)));
  assert.equal(later.filter(({ reservation }) => reservation).length, 10);
  now += 600_000;
  const { reservation } = await ask(1);
  assert.deepEqual(reservation.headers, {
    "x-ratelimit-limit-requests": "60", "x-ratelimit-remaining-requests": "59", "x-ratelimit-reset-requests": "1s",
  });
});

test("tokens per minute: unused tokens are given back, tokens used in addition are taken", async (context) => {
  let now = NOVEMBER;
  const { ledger } = gateway(await serveTable(context), "a", { now: () => now });
  const search = team({ tokens_per_minute: 6000 });
  const first = await ledger.reserve(search, { amount: 0, tokens: 5000 });
  assert.equal(first.headers["x-ratelimit-remaining-tokens"], "1000");
  assert.equal((await outcome(ledger.reserve(search, { amount: 0, tokens: 2000 }))).code, "rate_limit_exceeded");
  ledger.settle(first, { cost: 0, used: 500 });
  await ledger.flush();
  const second = await ledger.reserve(search, { amount: 0, tokens: 2000 });
  assert.equal(second.headers["x-ratelimit-remaining-tokens"], "3500");
  ledger.settle(second, { cost: 0, used: 8000 });
  await ledger.flush();
  const third = await outcome(ledger.reserve(search, { amount: 0, tokens: 1 }));
  assert.deepEqual([third.code, third.headers["retry-after"]], ["rate_limit_exceeded", "26"]);
  // A request for more than the bucket holds waits until it is full, and then passes.
  now += 90_000;
  assert.ok((await outcome(ledger.reserve(search, { amount: 0, tokens: 60_000 }))).reservation);
  assert.equal((await outcome(ledger.reserve(search, { amount: 0, tokens: 1 }))).headers["retry-after"], "541");
});

test("without the table a request waits no longer than its limit, and its reservation is released", async (context) => {
  const url = await serveTable(context);
  let gone = true;
  const link = (send) => {
    if (gone) throw Object.assign(new Error("unreachable"), { code: "ENETUNREACH" });
    return send();
  };
  const { ledger, table } = gateway(url, "a", { link, now: Date.now, mostWaitMs: 500 });
  const search = team({ monthly_budget_micros: 1000 });
  const began = performance.now();
  assert.equal((await outcome(ledger.reserve(search, { amount: 600, tokens: 0 }))).code, "limits_unavailable");
  assert.ok(performance.now() - began < 4000);
  const again = performance.now();
  assert.equal((await outcome(ledger.reserve(search, { amount: 600, tokens: 0 }))).code, "limits_unavailable");
  assert.ok(performance.now() - again < 50, "it is known to be away");
  ledger.charge(search, Date.now(), { cost: 5, used: 1 });
  gone = false;
  await ledger.flush();
  const month = new Date().toISOString().slice(0, 7);
  const item = await table.get({ ...KEY, sk: month });
  assert.deepEqual([item.spent_micros, item.reserved_micros], [5, 0]);
});
