import assert from "node:assert/strict";
import { test } from "node:test";
import { isAsked } from "../../src/teams/callers_targets.mjs";
import { makeSpending } from "../../src/teams/spending.mjs";

const CHOSEN = ["gpt-4o-mini"];
const AZURE = "https://x.openai.azure.com/openai/deployments/";

// The result for an attempt at a caller's own target: null, or status, code and message.
async function attempted(url, { team = {}, chosen = CHOSEN, model = chosen?.[0], allow_unbounded = false } = {}) {
  const context = {};
  const spending = makeSpending({
    team: { team: "search", ...team }, context, path: "/v1/chat/completions", asked: "gpt-4o-mini", chosen, candidates: [{ provider: "azure-openai" }],
    planned: { more: {}, output: 100, tokenPaid: true }, config: { allow_unbounded }, prices: () => null,
  });
  const body = JSON.stringify({ ...(model ? { model } : {}), max_tokens: 10 });
  return { found: await spending.begin(new URL(url), new Headers(), body), limit: context.limit };
}

test("a deployment counts as a model: a team reaches only those on its list, however the caller names them", async () => {
  const team = { models: ["gpt-4o-mini", "our-*"] };
  for (const url of [`${AZURE}gpt-4o-mini/chat/completions?api-version=1`, `${AZURE}our-mini/chat/completions`, "https://api.openai.com/v1/chat/completions"]) {
    assert.equal((await attempted(url, { team })).found, null, url);
  }
  for (const url of [`${AZURE}gpt-4o/chat/completions`, `${AZURE}gpt%2D4o/chat/completions`, "https://host.example/models/gpt-4o/chat"]) {
    const { found, limit } = await attempted(url, { team });
    assert.deepEqual(found.slice(0, 2), [403, "model_not_allowed"], url);
    assert.match(found[2], /the model gpt-4o is not allowed; team search may use: gpt-4o-mini, our-\*/);
    assert.equal(limit, "model");
  }
  const { found } = await attempted("https://api.openai.com/v1/chat/completions", { team, model: "gpt-4o" });
  assert.equal(found[1], "model_not_allowed");
});

test("with a budget a deployment must have the name of the model whose price applies", async () => {
  const team = { monthly_budget_micros: 1000 };
  assert.equal((await attempted(`${AZURE}gpt-4o-mini/chat/completions`, { team })).found, null);
  const { found } = await attempted(`${AZURE}gpt-4o/chat/completions`, { team });
  assert.deepEqual(found.slice(0, 2), [400, "unbounded_request"]);
  assert.match(found[2], /a deployment \(gpt-4o\) that has another name than the model; name it as the model/);
  assert.equal((await attempted(`${AZURE}gpt-4o/chat/completions`, { team, allow_unbounded: true })).found, null);
});

test("targets of routes are not checked, nor are those of a team without a list or a budget", async () => {
  const limited = { models: ["gpt-4o-mini"], monthly_budget_micros: 1000 };
  assert.equal((await attempted(`${AZURE}prod-gpt/chat/completions`, { team: limited, chosen: null })).found, null);
  assert.equal((await attempted(`${AZURE}gpt-4o/chat/completions`)).found, null);
});

test("providers' paths contain a part of the requested name", () => {
  for (const [name, asked] of [["gpt-4o", "gpt-4o"], ["gemini-pro", "google.gemini-pro"], ["meta", "meta/llama"], ["llama", "@cf/meta/llama"]]) {
    assert.equal(isAsked(name, asked), true, `${name} of ${asked}`);
  }
  for (const [name, asked] of [["gpt-4o", "gpt-4o-mini"], ["mini", "gpt-4o-mini"], ["4o", "gpt-4o"], ["", "x"]]) {
    assert.equal(isAsked(name, asked), false, `${name} of ${asked}`);
  }
});
