import assert from "node:assert/strict";
import { test } from "node:test";
import { installResponses, wholeAnswer } from "../src/responses.mjs";

const INIT = { status: 201, headers: new Headers({ "content-type": "application/json", "x-one": "1" }) };

test("a provider's answer is a Response, and its clone is independent", async () => {
  const answer = wholeAnswer('{"a": 1}', INIT);
  assert.ok(answer instanceof Response);
  assert.deepEqual([answer.status, answer.ok, answer.headers.get("x-one")], [201, true, "1"]);
  const clone = answer.clone();
  clone.headers.set("x-one", "2");
  assert.equal(answer.headers.get("x-one"), "1");
  assert.deepEqual([await answer.json(), await clone.text()], [{ a: 1 }, '{"a": 1}']);
  await assert.rejects(answer.text(), TypeError);
  assert.throws(() => answer.clone(), TypeError);
  assert.deepEqual([answer.bodyUsed, clone.bodyUsed, wholeAnswer("", INIT).bodyUsed], [true, true, false]);
  assert.equal(Buffer.from(await wholeAnswer("é", INIT).arrayBuffer()).toString(), "é");
  assert.equal(await (await wholeAnswer("é", INIT).blob()).text(), "é");
  assert.equal(await new Response(wholeAnswer("é", INIT).body).text(), "é");
  await assert.rejects(wholeAnswer("{", INIT).json(), SyntaxError);
});

test("after the start every Response with a text has cheap clones, any other as before", async () => {
  const answer = wholeAnswer("early", INIT);
  installResponses();
  const made = new Response("text", wholeAnswer("x", INIT));
  assert.deepEqual([made.status, made.headers.get("x-one"), await made.clone().text(), await made.text()], [201, "1", "text", "text"]);
  const stream = new Response(new Blob(["streamed"]).stream());
  const clone = stream.clone();
  assert.deepEqual([await clone.text(), await stream.text()], ["streamed", "streamed"]);
  await assert.rejects(stream.text());
  assert.equal(new Response(null, { status: 204 }).body, null);
  assert.equal(await answer.text(), "early");
});
