import assert from "node:assert/strict";
import dns from "node:dns";
import http from "node:http";
import net from "node:net";
import { test } from "node:test";
import { guardConnections, makePolicy, PURPOSE } from "../src/connections.mjs";

const SETTINGS = { trusted_hosts: ["trusted.example.com"], collector: "127.0.0.1:4318" };
const policy = makePolicy(SETTINGS, ["own.example.com"]);

test("each purpose may reach its own addresses only", () => {
  const cases = [
    [{ kind: "provider" }, "any.example.com", 443, "93.184.215.14", true],
    [{ kind: "provider" }, "any.example.com", 443, "10.0.0.5", false],
    [{ kind: "provider" }, "trusted.example.com", 80, "10.0.0.5", true],
    [{ kind: "provider" }, "own.example.com", 80, "10.0.0.5", true],
    [{ kind: "provider" }, "trusted.example.com", 80, "169.254.170.2", false],
    [{ kind: "provider" }, "127.0.0.1", 4318, "127.0.0.1", false],
    [undefined, "127.0.0.1", 4318, "127.0.0.1", true],
    [undefined, "127.0.0.1", 4319, "127.0.0.1", false],
    [undefined, "trusted.example.com", 80, "10.0.0.5", false],
    [{ kind: "credentials" }, "169.254.170.2", 80, "169.254.170.2", true],
    [{ kind: "credentials" }, "169.254.170.2", 80, "93.184.215.14", false],
    [{ kind: "aws", host: "bedrock.x" }, "bedrock.x", 443, "10.0.0.5", true],
    [{ kind: "aws", host: "bedrock.x" }, "bedrock.x", 80, "10.0.0.5", false],
    [{ kind: "aws", host: "bedrock.x" }, "other.x", 443, "10.0.0.5", false],
    [{ kind: "aws", host: "bedrock.x" }, "bedrock.x", 443, "169.254.170.2", false],
  ];
  for (const [purpose, host, port, address, allowed] of cases) {
    assert.equal(policy(purpose, host, port, address), allowed, JSON.stringify([purpose, host, port, address]));
  }
});

test("connections are refused before a packet is sent, by address, by name and by local path; listening is not affected", async (t) => {
  const lookup = dns.lookup;
  t.after(() => { dns.lookup = lookup; });
  const accepted = [];
  const server = http.createServer((request, response) => response.end("here"));
  server.on("connection", (socket) => accepted.push(socket));
  guardConnections(policy);
  await new Promise((done) => server.listen(0, "localhost", done));
  const { port } = server.address();
  const failure = (options) =>
    new Promise((done) => net.connect(options).on("error", (error) => done(error.code)).on("connect", () => done("connected")));
  for (const host of ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "::ffff:127.0.0.1"]) {
    assert.equal(await failure({ host, port }), "ERR_GATEWAY_REFUSED_ADDRESS", host);
  }
  assert.equal(await failure({ path: "/run/docker.sock" }), "ERR_GATEWAY_REFUSED_ADDRESS");
  assert.equal(await failure({ host: "localhost", port, [PURPOSE]: { kind: "provider" } }), "ERR_GATEWAY_REFUSED_ADDRESS");
  assert.equal(accepted.length, 0);
  server.close();
});
