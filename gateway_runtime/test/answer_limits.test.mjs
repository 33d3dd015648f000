import assert from "node:assert/strict";
import { test } from "node:test";
import { answerMeter } from "../src/answer_limits.mjs";

const MEBIBYTE = 2 ** 20;
const meter = (status, type, charged) => {
  const context = { bytes_in: 0, charged };
  const response = { status, headers: new Headers({ "content-type": type }) };
  return [answerMeter(response, context), context];
};
// The status of the refusal after so many chunks of 1 MiB.
const after = (count, status, type) => {
  const [excess] = meter(status, type);
  const said = Array.from({ length: count }, () => excess(Buffer.alloc(MEBIBYTE, "x"))?.[0] ?? null);
  return said.at(-1);
};

test("answers, errors and events have separate limits", () => {
  assert.deepEqual([after(64, 200, "application/json"), after(65, 200, "application/json")], [null, 502]);
  assert.deepEqual([after(1, 400, "application/json"), after(2, 400, "application/json")], [null, 502]);
  assert.deepEqual([after(8, 200, "text/event-stream"), after(9, 200, "text/event-stream")], [null, 502]);
  const [excess] = meter(200, "application/json");
  assert.equal(excess(Buffer.alloc(600_000, "[{"))[0], 502);
});

test("bytes that are passed on no longer count", () => {
  const [excess, context] = meter(200, "text/event-stream");
  for (let count = 0; count < 100; count += 1) {
    assert.equal(excess(Buffer.alloc(MEBIBYTE)), null);
    context.passedOn();
  }
});

test("an answer counts against the memory of all requests", () => {
  const full = { grow: () => { throw new Error("full"); } };
  assert.equal(meter(200, "application/json", full)[0](Buffer.alloc(9))[0], 503);
});

test("a text beyond Latin-1 counts twice", () => {
  const grown = (text) => {
    let most = 0;
    const [excess] = meter(200, "application/json", { grow: (bytes) => (most = bytes) });
    excess(Buffer.from(text));
    return most;
  };
  assert.deepEqual(["xxxxxxxx", "éxxxxxx", "漢xxxxx", "xx\\u4e2d"].map(grown), [5, 5, 10, 10]);
});
