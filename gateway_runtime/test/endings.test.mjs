import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { whenOver } from "../src/endings.mjs";

test("a request is over once, with its answer or with its connection", () => {
  const socket = new EventEmitter();
  const ended = [];
  const responses = Array.from({ length: 30 }, () => new EventEmitter());
  responses.forEach((response, index) => whenOver({ socket }, response, () => ended.push(index)));
  responses[0].emit("close");
  assert.deepEqual(ended, [0]);
  socket.emit("close");
  responses[1].emit("close");
  assert.deepEqual(ended, [...responses.keys()]);
  assert.equal(socket.listenerCount("close"), 0);
});
