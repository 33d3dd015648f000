import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedModel } from "../src/models.mjs";

const NONE = new Set();

test("providers' model names are accepted", () => {
  for (const name of ["gpt-4o", "gpt-4.1-mini-2025-04-14", "ft:gpt-4o:my-org::abc1", "anthropic.claude-3-5-sonnet-20241022-v2:0",
    "@cf/meta/llama-3-8b", "accounts/fireworks/models/llama", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "openai/gpt-oss:free",
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.x-v1:0", "claude-sonnet-4@20250514", "models/gemini-2.0-flash"]) {
    assert.equal(checkedModel(name, NONE), name);
  }
  for (const none of [undefined, null, ""]) assert.equal(checkedModel(none, NONE), "");
});

test("a model name that would change the URL is refused", () => {
  for (const name of ["gemini-2.0-flash:generateContent?key=k&fields=", "x?a=", "x#", "x&y", "x%2f", "../cachedContents", "a/../b",
    "a/./b", "a//b", "/a", "a/", "..", "x\\y", "a b", "a\nb", "@evil.com/", "gemini:countTokens", "../../../../zones#",
    "x".repeat(300), ["x?a="], { a: 1 }, 1, true]) {
    assert.throws(() => checkedModel(name, NONE), { status: 400, code: "bad_model" }, JSON.stringify(name));
  }
  assert.equal(checkedModel("my model?", new Set(["my model?"])), "my model?");
});
