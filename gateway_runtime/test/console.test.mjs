import assert from "node:assert/strict";
import { test } from "node:test";
import { described } from "../src/console.mjs";

test("no line of a message is logged, even if it looks like a stack frame", () => {
  for (const message of ["x\n    at SEKRET", "x\n    at f (file:///SEKRET:1:2)", "\n at SEKRET\n"]) {
    const error = new TypeError(message);
    const found = described(error);
    assert.equal(JSON.stringify(found).includes("SEKRET"), false);
    assert.ok(found.at.length > 0);
    assert.match(found.at[0], /console\.test\.mjs/);
  }
  const changed = new Error("short");
  changed.stack; // captures the current message
  changed.message = "another";
  assert.deepEqual(described(changed).at, []);
});
