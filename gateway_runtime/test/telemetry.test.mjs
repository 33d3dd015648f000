import assert from "node:assert/strict";
import { test } from "node:test";
import { scrubAttributes, scrubTelemetry } from "../src/telemetry.mjs";

const known = (host) => host === "api.openai.com";
const noop = () => ({ trace: { getDelegate: () => ({}) }, metrics: {}, propagation: { inject: () => assert.fail("a header went out") } });

test("attributes have no query string, no caller address and no host that a caller chose", () => {
  const attributes = { "url.full": "https://h/p?key=k#f", "url.query": "key=k", "client.address": "1.2.3.4", "server.address": "evil" };
  assert.deepEqual(scrubAttributes(attributes, known), { "url.full": "https://h/p", "server.address": "other" });
  assert.deepEqual(scrubAttributes({ "server.address": "api.openai.com" }, known), { "server.address": "api.openai.com" });
});

test("an SDK with another structure is turned off with a message, a disabled one without", () => {
  assert.equal(scrubTelemetry(known, undefined, {}), "absent");
  let ended = 0;
  const other = { trace: { getDelegate: () => ({ shutdown: () => (ended += 1) }) }, metrics: { shutdown: () => (ended += 1) } };
  assert.equal(scrubTelemetry(known, other, {}), "switched off");
  assert.equal(ended, 2);
  for (const value of ["true", "TRUE"]) assert.equal(scrubTelemetry(known, noop(), { OTEL_SDK_DISABLED: value }), "disabled");
  assert.equal(scrubTelemetry(known, noop(), { OTEL_SDK_DISABLED: "false" }), "switched off");
});

test("no tracing header is sent to a provider, with or without telemetry", () => {
  const api = noop();
  scrubTelemetry(known, api, { OTEL_SDK_DISABLED: "true" });
  assert.equal(api.propagation.inject(), undefined);
});
