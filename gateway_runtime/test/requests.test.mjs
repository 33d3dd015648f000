import assert from "node:assert/strict";
import { test } from "node:test";
import { charge, makeBudget, SMALLEST_CHARGE } from "../src/bodies.mjs";
import { plainHeaders } from "../src/caller_rules.mjs";
import { measured, parseJson, readForm } from "../src/documents.mjs";
import { errorDocument, reshaped } from "../src/errors.mjs";
import { checkPlainPath, checkRoutedPath, loggedPath } from "../src/paths.mjs";
import { waitOf } from "../src/retry_after.mjs";
import { checkMetadata, makeRouter } from "../src/routing.mjs";
import { claims } from "../src/tokens.mjs";

const token = (payload) => `Bearer x.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.y`;
const CLOSED = { shared_endpoints: [], jwt: false };
const OPENED = { shared_endpoints: ["files"], jwt: true };

test("paths other than inference need the setting, and a token with the scope", () => {
  checkRoutedPath("POST", "/v1/chat/completions", CLOSED, []);
  const refused = (method, path, settings, scopes, status) =>
    assert.throws(() => checkRoutedPath(method, path, settings, scopes), { status });
  refused("GET", "/v1/files", CLOSED, [], 404);
  refused("GET", "/v1/files", OPENED, ["invoke"], 403);
  refused("GET", "/v1/files", { ...OPENED, jwt: false }, ["admin"], 403);
  refused("GET", "/v1/batches", OPENED, ["admin"], 404);
  refused("GET", "/v1/chat/completions", OPENED, ["admin"], 405);
  for (const path of ["a%2fb", "..", ".", "../content"]) refused("GET", `/v1/files/${path}`, OPENED, ["admin"], 404);
  checkRoutedPath("GET", "/v1/files/..a.b", OPENED, ["admin"]);
  checkRoutedPath("GET", "/v1/files", OPENED, ["invoke", "admin"]);
  checkRoutedPath("GET", "/v1/files/file-1/content", OPENED, ["admin"]);
});

test("a token's scopes are read from Cognito's space-separated string", () => {
  const found = claims(token({ scope: "https://gateway.internal/invoke https://gateway.internal/admin", client_id: "c" }));
  assert.deepEqual(found, { scopes: ["invoke", "admin"], team: "c" });
  const others = claims(token({ scope: "other/admin admin https://gateway.internal/x/admin https://gateway.internal.example/admin" }));
  assert.deepEqual(others.scopes, ["x/admin"]);
  assert.deepEqual(claims("nonsense"), { scopes: [], team: "" });
  assert.deepEqual(claims(undefined), { scopes: [], team: "" });
});

test("paths without routes are plain", () => {
  checkPlainPath("/v1/files/file-1");
  for (const path of ["/", "/public", "/v1/a%2fb", "/v1/%2E%2e/x", "/v1/../x", "//v1/x", "/v1/a\\b"]) {
    assert.throws(() => checkPlainPath(path), { status: 404 }, path);
  }
});

test("only known paths are logged in full", () => {
  assert.equal(loggedPath("/v1/chat/completions"), "/v1/chat/completions");
  assert.equal(loggedPath("/v1/files/sk-secret"), "/v1/files/…");
  assert.equal(loggedPath("/sk-secret"), "/…");
});

test("a body's memory is charged, grown and released", () => {
  const budget = makeBudget(1);
  const first = charge(budget);
  first.grow(2 ** 20);
  assert.throws(() => charge(budget), { status: 503, headers: { "retry-after": "1" } });
  first.release();
  first.grow(9); // bytes that arrive after the end are not charged
  assert.equal(budget.used, 0);
  charge(budget);
  assert.equal(budget.used, SMALLEST_CHARGE);
});

test("bad bodies are the caller's fault", () => {
  for (const body of ["", "{", "[]", "null", '"x"']) assert.throws(() => parseJson(Buffer.from(body)), { status: 400 }, body);
  assert.deepEqual(parseJson(Buffer.from('{"a": 1}')), { a: 1 });
});

test("a body's memory is counted before it is parsed", () => {
  assert.deepEqual(measured(Buffer.from('{"a": [1, {"b": "[{,:\\"]"}]}')), { values: 7, deepest: 3 });
  assert.throws(() => parseJson(Buffer.from("[".repeat(1e6))), { status: 400 });
  assert.throws(() => parseJson(Buffer.from(`{"a":[${"{},".repeat(3e5)}{}]}`)), { status: 413 });
  const charged = [];
  parseJson(Buffer.from('{"a":[{},{}]}'), { grow: (bytes) => charged.push(bytes) });
  assert.deepEqual(charged, [13 + 24 * 7]);
});

test("forms have few parts and one model, whatever header comes first", () => {
  const type = "multipart/form-data; boundary=b";
  const part = "--b\r\nContent-Type: text/plain\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n";
  assert.equal(readForm(Buffer.from(`${part}--b--`), type).model, "m");
  assert.throws(() => readForm(Buffer.from(`${part}${part}--b--`), type), { status: 400 });
  assert.throws(() => readForm(Buffer.from("--b\r\n\r\n\r\n".repeat(5000)), type), { status: 400 });
});

test("the model of a form", () => {
  const body = Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="model"\r\n\r\nx\r\n--b\r\n' +
    'Content-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n--b--\r\n');
  assert.equal(readForm(body, "multipart/form-data; boundary=b").model, "whisper-1");
  assert.equal(readForm(Buffer.from("--b--"), 'multipart/form-data; boundary="b"').model, "");
  assert.throws(() => readForm(body, "multipart/form-data"), { status: 400 });
});

test("a model uses its own part of a nested route", () => {
  const targets = [{ provider: "a" }, { provider: "b", override_params: { model: "set" } }, { provider: "c", custom_host: "http://h:1/v1" }];
  const root = { fallback: [{ models: [["x", 1], ["y", { balance: [[0, 3], [2, 1]] }]], default: 0 }, 2], on: [500] };
  const router = makeRouter({ targets, root });
  assert.deepEqual(router.models, ["set", "x", "y"]);
  assert.deepEqual(router.hosts, ["h"]);
  const of = (model) => JSON.parse(router.configuration(model));
  assert.equal(of("x").targets[0].provider, "b");
  assert.deepEqual(of("y").targets[0].targets.map((one) => one.weight), [3, 1]);
  assert.equal(of("anything").targets[0].provider, "a");
  assert.deepEqual(of("anything").strategy, { mode: "fallback", on_status_codes: [500] });
});

test("an SDK's provider headers are sent to targets of that provider, unless the target overrides them", () => {
  const targets = [{ provider: "anthropic" }, { provider: "openai" }, { provider: "anthropic", anthropic_beta: "own" }];
  const { configuration } = makeRouter({ targets, root: { fallback: [0, 1, { balance: [[2, 1]] }], on: [500] } });
  const made = (headers) => JSON.parse(configuration("m", headers)).targets;
  const [first, second, third] = made({ "anthropic-beta": "a-1, b-2", "anthropic-version": "2023-06-01", "openai-beta": "x=v2" });
  assert.deepEqual(first, { anthropic_beta: "a-1, b-2", anthropic_version: "2023-06-01", provider: "anthropic" });
  assert.deepEqual(second, { openai_beta: "x=v2", provider: "openai" });
  assert.equal(third.targets[0].anthropic_beta, "own");
  assert.deepEqual(made({})[0], { provider: "anthropic" });
  for (const value of ["a\tb", "x".repeat(600), "é", '"']) assert.throws(() => made({ "anthropic-beta": value }), { status: 400, code: "bad_header" });
});

test("metadata is a small object of strings", () => {
  assert.deepEqual(JSON.parse(checkMetadata('{"team": "a", "user": "u"}', "id", "ours")), { team: "ours", user: "u", _request_id: "id" });
  assert.deepEqual(JSON.parse(checkMetadata('{"team": "a", "_x": "b"}', "id")), { team: "a", _request_id: "id" });
  for (const bad of ["[]", "1", '{"a": 1}', "x".repeat(2000)]) assert.throws(() => checkMetadata(bad, "id"), { status: 400 });
});

test("a caller's own configuration may have no hooks at any depth", () => {
  const request = (config) => ({ headers: { "x-portkey-config": JSON.stringify(config) } });
  const settings = { allow_caller_hooks: false, jwt: false };
  const target = { provider: "openai", api_key: "k" };
  plainHeaders(request(target), settings, "id");
  for (const hooks of [
    { cache: {} }, { inputGuardrails: [] }, { after_request_hooks: [] }, { default_output_guardrails: [] }, { output_mutators: [] },
    { x: { $regex: "a" } }, { aws_auth_type: "assumedRole" }, { azureAuthMode: "managed" }, { retry: { attempts: 99 } },
    { targets: Array(40).fill({}) }, { aws__auth__type: "assumedRole" }, { aws__authType: "assumed_role" }, { before__request__hooks: [] },
    { input__guardrails: [] }, { retry: { _attempts: 99 } },
  ]) {
    assert.throws(() => plainHeaders(request({ targets: [{ ...target, ...hooks }] }), settings, "id"), { status: 400 }, JSON.stringify(hooks));
  }
});

test("errors have the format of the caller's SDK", () => {
  const details = { status: 502, code: "c", message: "m", id: "i" };
  assert.deepEqual(errorDocument("openai", details), { error: { message: "m", type: "api_error", param: null, code: "c", request_id: "i" } });
  assert.deepEqual(errorDocument("anthropic", details), { type: "error", error: { type: "api_error", message: "m", code: "c" }, request_id: "i" });
  const portkeys = reshaped('{"status": "failure", "message": "no"}', { status: 400, shape: "openai", id: "i" });
  assert.deepEqual([portkeys.error.message, portkeys.error.code], ["no", "gateway"]);
  const text = reshaped("Message: fetch failed Cause: 10.0.0.1", { status: 500, shape: "openai", id: "i" });
  assert.equal(JSON.stringify(text).includes("10.0.0.1"), false);
});

test("Retry-After is seconds or a date", () => {
  assert.equal(waitOf(new Headers({ "retry-after": "2" })), 2000);
  assert.equal(waitOf(new Headers({ "retry-after-ms": "150" })), 150);
  assert.equal(waitOf(new Headers({ "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }), 4000), 5000);
  assert.equal(waitOf(new Headers({ "retry-after": "soon" })), 0);
  assert.equal(waitOf(new Headers()), 0);
});
