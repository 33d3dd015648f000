import assert from "node:assert/strict";
import { test } from "node:test";
import { charge, makeBudget } from "../src/bodies.mjs";
import { makeUpload, makeUploads } from "../src/uploads.mjs";

const MEBIBYTE = 2 ** 20;

// Uploads on a simulated clock: a caller, the memory that it holds, and the bytes that it sends each second.
function world(callers, most = 10 * MEBIBYTE) {
  let time = 0;
  const ended = [];
  const uploads = makeUploads(most);
  for (const [name, { caller, bytes, held }] of Object.entries(callers)) {
    const upload = makeUpload({ caller, held: () => held, end: (error) => ended.push([name, error.status]), now: () => time });
    uploads.add(upload);
    let size = 0;
    for (const more of bytes) {
      time += 1000;
      size += more;
      upload.grown(size);
    }
    time = 0;
  }
  time = 4000;
  return { uploads, ended };
}

test("the slowest upload is ended for another, a fast one is not", () => {
  const fast = { caller: "a", held: MEBIBYTE, bytes: [MEBIBYTE, MEBIBYTE, MEBIBYTE, MEBIBYTE] };
  const slow = { caller: "b", held: MEBIBYTE, bytes: [1e5, 1e5, 1e5, 1e5] };
  const stands = { caller: "c", held: MEBIBYTE, bytes: [9 * MEBIBYTE, 0, 0, 0] };
  const { uploads, ended } = world({ fast, slow, stands });
  assert.equal(uploads.makeRoom("d"), true);
  assert.equal(uploads.makeRoom("d"), true);
  assert.equal(uploads.makeRoom("d"), false);
  assert.deepEqual(ended, [["stands", 503], ["slow", 503]]);
});

test("uploads of a caller who holds most of the memory are ended for other callers, not for its own", () => {
  const greedy = { caller: "a", held: 6 * MEBIBYTE, bytes: [MEBIBYTE, MEBIBYTE, MEBIBYTE, MEBIBYTE] };
  const { uploads, ended } = world({ greedy });
  assert.equal(uploads.makeRoom("a"), false);
  assert.equal(uploads.makeRoom("b"), true);
  assert.deepEqual(ended, [["greedy", 503]]);
});

test("memory that an upload releases is available to the next request", () => {
  const budget = makeBudget(1);
  const first = charge(budget, "a");
  let ended;
  first.arriving((error) => (ended = error));
  first.grow(MEBIBYTE);
  const second = charge(budget, "b");
  assert.equal(ended.status, 503);
  assert.equal(ended.headers.connection, "close");
  first.release();
  second.release();
  assert.equal(budget.used, 0);
});

test("an upload that is complete is not ended", () => {
  const budget = makeBudget(1);
  const first = charge(budget, "a");
  first.arriving(() => assert.fail("it has arrived"));
  first.grow(MEBIBYTE);
  first.arrived();
  assert.throws(() => charge(budget, "b"), { status: 503 });
});
