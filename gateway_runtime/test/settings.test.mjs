import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { base85 } from "../src/base85.mjs";
import { bedrockRegion } from "../src/bedrock.mjs";
import { isProviderHost } from "../src/provider_hosts.mjs";
import { readSettings } from "../src/settings.mjs";

const packed = (document) => base85(deflateRawSync(JSON.stringify(document)));

test("keys are moved from the environment to the targets", () => {
  const env = {
    GATEWAY_SETTINGS: '{"jwt": true}', GATEWAY_RUNTIME: "x", OPENAI_API_KEY: "sk", OTHER: "kept",
    GATEWAY_ROUTES: packed({ targets: [{ provider: "openai" }, { provider: "bedrock" }], secrets: ["OPENAI_API_KEY", null], root: 0 }),
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: "/creds",
  };
  const first = readSettings({ ...env });
  const settings = readSettings(env);
  assert.deepEqual(env, { OTHER: "kept" });
  assert.equal(settings.routes.targets[0].api_key, "sk");
  assert.equal(settings.routes.targets[1].api_key, settings.task_role_marker);
  assert.notEqual(first.task_role_marker, settings.task_role_marker);
  assert.equal(settings.credentials_url, "http://169.254.170.2/creds");
  assert.equal(settings.jwt, true);
});

test("GATEWAY_TEAMS and GATEWAY_LIMITS are merged", () => {
  const env = { GATEWAY_TEAMS: '{"issuer": "i", "clients": {"id": "search"}, "valkey": null}', GATEWAY_LIMITS: packed({ teams: { search: {} }, prices: [] }) };
  assert.deepEqual(readSettings(env).teams, { issuer: "i", clients: { id: "search" }, valkey: null, teams: { search: {} }, prices: [] });
  assert.deepEqual(env, {});
});

test("the error names a missing key", () => {
  const env = { GATEWAY_ROUTES: packed({ targets: [{}], secrets: ["A_API_KEY"], root: 0 }) };
  assert.throws(() => readSettings(env), /A_API_KEY: no key; write it with make secrets/);
});

test("only Bedrock's own endpoints over TLS are signed", () => {
  const of = (url) => bedrockRegion(new URL(url), "amazonaws.com");
  assert.equal(of("https://bedrock-runtime.eu-west-1.amazonaws.com/model/x/converse"), "eu-west-1");
  assert.equal(of("https://bedrock.us-gov-west-1.amazonaws.com/"), "us-gov-west-1");
  for (const url of [
    "http://bedrock-runtime.eu-west-1.amazonaws.com/", "https://bedrock-runtime.eu-west-1.amazonaws.com:444/",
    "https://x.bedrock-runtime.eu-west-1.amazonaws.com/", "https://bedrock-runtime.eu-west-1.amazonaws.com.example.com/",
    "https://s3.eu-west-1.amazonaws.com/", "https://u@bedrock.eu-west-1.amazonaws.com/", "https://bedrock.eu-west-1.amazonaws.com.cn/",
  ]) assert.equal(of(url), null, url);
  assert.equal(bedrockRegion(new URL("https://bedrock.cn-north-1.amazonaws.com.cn/"), "amazonaws.com.cn"), "cn-north-1");
});

test("only providers' hosts are accepted, not hosts with the same ending", () => {
  for (const host of ["api.openai.com", "my-resource.openai.azure.com", "europe-west1-aiplatform.googleapis.com",
    "bedrock-runtime.eu-west-1.amazonaws.com"]) assert.equal(isProviderHost(host), true, host);
  for (const host of ["evil.example.com", "api.openai.com.example.com", "a.b.openai.azure.com", "169.254.170.2",
    "internal-lb-1.eu-west-1.elb.amazonaws.com", "xapi.openai.com", "bucket.s3.eu-west-1.amazonaws.com"]) assert.equal(isProviderHost(host), false, host);
});
