import assert from "node:assert/strict";
import { test } from "node:test";
import { PURPOSE } from "../src/connections.mjs";
import { makeAgents } from "../src/tagged_fetch.mjs";

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

test("a provider may be silent for as long as the setting says, beyond undici's own 300 s", () => {
  const made = [];
  class Agent {
    constructor(options) {
      made.push(options);
    }
  }
  new Response("");
  const before = globalThis[DISPATCHER];
  globalThis[DISPATCHER] = new Agent();
  const agents = makeAgents({ stream_seconds: 400 });
  assert.equal(globalThis[DISPATCHER], agents.provider); // for code that calls Node's fetch directly
  agents.aws("bedrock-runtime.eu-west-1.amazonaws.com");
  globalThis[DISPATCHER] = before;
  const own = made.slice(1);
  assert.deepEqual(own.map((one) => one.connect[PURPOSE].kind), ["provider", "credentials", "aws"]);
  for (const { headersTimeout, bodyTimeout } of own) assert.deepEqual([headersTimeout, bodyTimeout], [400_000, 400_000]);
});

test("a Node whose fetch has another structure fails the start", () => {
  const before = globalThis[DISPATCHER];
  globalThis[DISPATCHER] = new (class Other {})();
  assert.throws(() => makeAgents({ stream_seconds: 1 }), /Node 20 or 22/);
  globalThis[DISPATCHER] = before;
});
