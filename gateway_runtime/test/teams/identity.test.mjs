import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { checkAllowed, ownModels } from "../../src/teams/allowed_models.mjs";
import { makeIdentity, makeKeys } from "../../src/teams/identity.mjs";

const ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool";
const NOW = 1_800_000_000_000;
const pair = (kid) => {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" } };
};
const [first, second] = [pair("first"), pair("second")];
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const CLAIMS = { iss: ISSUER, client_id: "client", token_use: "access", exp: NOW / 1000 + 60, scope: "https://gateway.internal/invoke" };

function token(claims = {}, { key = first, header = {} } = {}) {
  const text = `${part({ alg: "RS256", kid: key.kid, ...header })}.${part({ ...CLAIMS, ...claims })}`;
  return `Bearer ${text}.${sign("RSA-SHA256", Buffer.from(text), key.privateKey).toString("base64url")}`;
}

function pool({ keys = [first], now = () => NOW, fails = () => false } = {}) {
  const asked = [];
  const fetchKeys = async (url) => {
    asked.push(url);
    if (fails()) throw new Error("unreachable");
    return Response.json({ keys: keys.map(({ jwk }) => jwk) });
  };
  return { identify: makeIdentity({ issuer: ISSUER, keyOf: makeKeys(ISSUER, fetchKeys, now), now }), asked, keys };
}

test("a token of the pool names its client, and the keys are fetched once", async () => {
  const { identify, asked } = pool();
  for (let count = 0; count < 3; count += 1) assert.equal((await identify(token({ n: count }))).client_id, "client");
  assert.deepEqual(asked, [`${ISSUER}/.well-known/jwks.json`]);
});

test("any invalid token is a 401", async () => {
  const { identify } = pool();
  const other = pair("first"); // the same id, another key
  const [head, payload, signature] = token().split(".");
  const wrong = {
    "another pool": token({ iss: `${ISSUER}x` }), "an id token": token({ token_use: "id" }), "no client": token({ client_id: undefined }),
    "expired": token({ exp: NOW / 1000 }), "no expiry": token({ exp: undefined }), "a text as expiry": token({ exp: "9999999999" }),
    "another key": token({}, { key: other }), "an unknown key": token({}, { key: second }),
    "no algorithm": token({}, { header: { alg: "none" } }), "a symmetric algorithm": token({}, { header: { alg: "HS256" } }),
    "changed claims": `${head}.${part({ ...CLAIMS, client_id: "x" })}.${signature}`, "no signature": `${head}.${payload}.`,
    "two parts": `${head}.${payload}`, nothing: undefined, "no bearer": token().slice(7), nonsense: "Bearer a.b.c",
    long: `Bearer ${"a".repeat(9000)}`,
  };
  for (const [name, one] of Object.entries(wrong)) await assert.rejects(identify(one), { status: 401 }, name);
});

test("a verified token is refused after it expires", async () => {
  let now = NOW;
  const { identify } = pool({ now: () => now });
  const given = token();
  await identify(given);
  now += 61_000;
  await assert.rejects(identify(given), { status: 401, message: "the access token has expired" });
});

test("a new key of the pool is fetched, at most once a minute", async () => {
  let now = NOW;
  const { identify, asked, keys } = pool({ now: () => now });
  await identify(token());
  await assert.rejects(identify(token({}, { key: second })), { status: 401 });
  keys.push(second);
  await assert.rejects(identify(token({}, { key: second })), { status: 401 });
  assert.equal(asked.length, 1);
  now += 61_000;
  await identify(token({ exp: now / 1000 + 9 }, { key: second }));
  assert.equal(asked.length, 2);
});

test("fetched keys stay valid while the pool cannot be reached; without any the answer is a 503", async () => {
  let [now, gone] = [NOW, true];
  const { identify } = pool({ now: () => now, fails: () => gone });
  await assert.rejects(identify(token()), { status: 503, headers: { "retry-after": "5" } });
  gone = false;
  await identify(token());
  gone = true;
  now += 7 * 3600_000;
  assert.equal((await identify(token({ exp: now / 1000 + 9 }))).client_id, "client");
});

test("a team's models are names and patterns; a refusal lists them", () => {
  const team = { team: "search", models: ["gpt-4o-mini", "claude-*"] };
  for (const model of ["gpt-4o-mini", "claude-3", "claude-"]) checkAllowed(team, model);
  for (const model of ["gpt-4o", "gpt-4o-mini-x", "xclaude-3", ""]) {
    assert.throws(() => checkAllowed(team, model), { status: 403, code: "model_not_allowed", message: /may use: gpt-4o-mini, claude-\*$/ }, model);
  }
  checkAllowed({ team: "any", models: null }, "");
  assert.deepEqual(ownModels(team, ["a", "claude-3", "gpt-4o"]), ["claude-3", "gpt-4o-mini"]);
  assert.deepEqual(ownModels({ models: null }, ["b", "a"]), ["b", "a"]);
  assert.deepEqual(ownModels({ models: [] }, ["b", "a"]), []);
});
