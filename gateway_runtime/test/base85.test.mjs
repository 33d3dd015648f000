import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { base85, fromBase85 } from "../src/base85.mjs";

test("data of any length is encoded and decoded", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 255, 4096]) {
    for (const content of [randomBytes(length), Buffer.alloc(length), Buffer.alloc(length, 255)]) {
      assert.deepEqual(fromBase85(base85(content)), content);
    }
  }
});

test("no character is special in JSON, Terraform or a shell's single quotes", () => {
  const text = base85(randomBytes(20_000));
  assert.match(text, /^[!(-;=?-[\]-~]+$/);
  assert.equal(JSON.stringify(text), `"${text}"`);
  assert.ok(text.length <= 25_001);
});
