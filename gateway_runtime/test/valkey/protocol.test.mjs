import assert from "node:assert/strict";
import { test } from "node:test";
import { makePolicy } from "../../src/connections.mjs";
import { ReplyError, command, reply } from "../../src/valkey/resp.mjs";
import { signInToken } from "../../src/valkey/token.mjs";

const read = (text) => reply(Buffer.from(text));

test("a command is encoded as its parts with their lengths in bytes", () => {
  assert.equal(command(["EVAL", "é", ""]), "*3\r\n$4\r\nEVAL\r\n$2\r\né\r\n$0\r\n\r\n");
});

test("every kind of reply is decoded, complete or in pieces", () => {
  const map = "%2\r\n+server\r\n$6\r\nvalkey\r\n+proto\r\n:3\r\n";
  for (const [text, value] of [
    ["+OK\r\n", "OK"], [":-7\r\n", -7], ["$5\r\nhello\r\n", "hello"], ["$-1\r\n", null], ["_\r\n", null], ["#t\r\n", true], [",1.5\r\n", 1.5],
    ["(123456789012345678901\r\n", "123456789012345678901"], ["=7\r\ntxt:abc\r\n", "txt:abc"], ["*-1\r\n", null],
    ["*5\r\n:0\r\n:0\r\n:1\r\n:2\r\n:1764180000000000\r\n", [0, 0, 1, 2, 1764180000000000]], ["~1\r\n+a\r\n", ["a"]], [map, ["server", "valkey", "proto", 3]],
    ["*2\r\n*1\r\n:1\r\n$0\r\n\r\n", [[1], ""]],
  ]) {
    for (let length = 0; length < text.length; length += 1) assert.equal(read(text.slice(0, length)), null, JSON.stringify(text.slice(0, length)));
    assert.deepEqual(read(`${text}+more`), { ...read(text), value, next: text.length });
  }
  assert.equal(read(">1\r\n+a\r\n").push, true);
});

test("an error keeps only its code", () => {
  for (const [text, code] of [["-WRONGPASS invalid username-password pair: secret\r\n", "WRONGPASS"], ["-ERR unknown\r\n", "ERR"],
    ["-lower case\r\n", "ERR"], ["!9\r\nNOAUTH no\r\n", "NOAUTH"], ["-READONLY\r\n", "READONLY"]]) {
    const { value } = read(text);
    assert.ok(value instanceof ReplyError);
    assert.deepEqual([value.code, value.message], [code, `Valkey: ${code}`]);
  }
});

test("bytes that are not a reply are an error", () => {
  for (const text of ["HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "\r\n", "*1.5\r\n"]) assert.throws(() => read(text), TypeError, text);
});

// The expected token is from botocore's SigV4QueryAuth, with the same input.
test("the token is a signed request that is valid for 15 minutes", () => {
  const credentials = { AccessKeyId: "ASIAEXAMPLE", SecretAccessKey: "the-roles-secret", Token: "a/token+with=signs" }; // made up
  const given = { cache: "ai-gateway-test", user: "ai-gateway-test", region: "eu-west-1", credentials, now: new Date(Date.UTC(2026, 10, 26, 18, 30, 5)) };
  assert.equal(signInToken(given), "ai-gateway-test/?Action=connect&User=ai-gateway-test&X-Amz-Algorithm=AWS4-HMAC-SHA256" +
    "&X-Amz-Credential=ASIAEXAMPLE%2F20261126%2Feu-west-1%2Felasticache%2Faws4_request&X-Amz-Date=20261126T183005Z&X-Amz-Expires=900" +
    "&X-Amz-Security-Token=a%2Ftoken%2Bwith%3Dsigns&X-Amz-SignedHeaders=host" +
    "&X-Amz-Signature=6fd481da3bc16acaeec8305bebe7e73dae41b24430ed0908ec0a9282e70a0253");
});

test("only the cache's own name, port and TLS may connect to its private address", () => {
  const allowed = makePolicy({ trusted_hosts: [], collector: "127.0.0.1:4318" }, []);
  const purpose = { kind: "valkey", host: "master.cache", port: 6379 };
  const cases = [
    [[purpose, "master.cache", 6379, "10.0.10.7", true], true], [[purpose, "master.cache", 6379, "::ffff:10.0.10.7", true], true],
    [[purpose, "master.cache", 6379, "10.0.10.7", false], false], [[purpose, "other.cache", 6379, "10.0.10.7", true], false],
    [[purpose, "master.cache", 6380, "10.0.10.7", true], false], [[purpose, "master.cache", 6379, "127.0.0.1", true], false],
    [[purpose, "master.cache", 6379, "169.254.170.2", true], false], [[{ kind: "provider" }, "master.cache", 6379, "10.0.10.7", true], false],
    [[undefined, "master.cache", 6379, "10.0.10.7", true], false],
  ];
  for (const [given, expected] of cases) assert.equal(allowed(...given), expected, JSON.stringify(given));
});
