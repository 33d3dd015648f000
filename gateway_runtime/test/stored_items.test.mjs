import assert from "node:assert/strict";
import { test } from "node:test";
import { checkFormNames, withoutStoredItems } from "../src/stored_items.mjs";

const CHAT = "/v1/chat/completions";
const RESPONSES = "/v1/responses";
const refused = (document, path = CHAT, shared = []) =>
  assert.throws(() => withoutStoredItems(document, path, shared), { status: 400, code: "stored_items_closed" }, JSON.stringify(document));
const message = (part) => ({ messages: [{ role: "user", content: [part] }] });

test("files, vector stores and containers are refused at any depth until files are opened", () => {
  for (const document of [
    message({ type: "file", file: { file_id: "file-1" } }),
    message({ type: "document", source: { type: "file", file_id: "file-1" } }),
    message({ type: "container_upload", file_id: "file-1" }),
    { tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] },
    { tools: [{ type: "code_interpreter", container: "cntr_1" }] },
    { tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["file-1"] } }] },
    { container: "container_1" },
    { container: { id: "container_1" } },
    { container: { skills: [{ type: "custom", skill_id: "skill_1" }] } },
    { cachedContent: "cachedContents/1" },
    { voice: { id: "voice_1" } },
    { voice: "voice_1" },
    { audio: { format: "wav", voice: { id: "voice_1" } } },
    { tools: [{ type: "shell", environment: { type: "container_reference", container_id: "cntr_1" } }] },
    { input: [{ type: "code_interpreter_call", id: "ci_1", container_id: "cntr_1", code: "1" }] },
    { data_sources: [{ type: "azure_search" }] },
    message({ type: "image_url", image_url: { url: "gs://bucket/x" } }),
    message({ type: "image_url", image_url: "https://generativelanguage.googleapis.com/v1beta/files/1" }),
    ...["\tGS://bucket/x", "https://generativelanguage.googleapis.com./v1beta/files/1", "https://u:p@API.OPENAI.COM:443/v1/files/1",
      "https:\\\\api.anthropic.com/v1/files/1"].map((url) => message({ type: "image_url", image_url: { url } })),
  ]) {
    refused(document);
    assert.equal(withoutStoredItems(document, CHAT, ["files"]), null);
  }
});

test("keys that the caller chooses are not references", () => {
  for (const document of [
    { tools: [{ type: "function", function: { name: "f", parameters: { properties: { file_id: { type: "string" } } } } }] },
    { tools: [{ name: "f", input_schema: { properties: { vector_store_ids: {} } } }] },
    { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: { file_id: "mine" } }] }] },
    { messages: [{ role: "user", content: "file_id gs://bucket" }], metadata: { file_id: "x" } },
    { tools: [{ type: "code_interpreter", container: { type: "auto" } }], container: null },
    { voice: "alloy", audio: { voice: "marin" } },
    message({ type: "image_url", image_url: { url: "https://images.example.com/x.png" } }),
  ]) assert.equal(withoutStoredItems(document, CHAT, []), null);
});

test("references to stored responses are refused, and requests store nothing", () => {
  for (const document of [
    { previous_response_id: "resp_1" }, { conversation: "conv_1" }, { prompt: { id: "pmpt_1" } }, { store: true }, { background: true },
    { input: [{ type: "item_reference", id: "msg_1" }] }, { input: [{ id: "msg_1" }] },
    { input: [{ type: "reasoning", id: "rs_1", summary: [] }] }, { input: [{ type: "compaction", id: "cmp_1" }] },
    { input: [{ type: "image_generation_call", id: "ig_1", status: "completed" }] },
  ]) {
    refused(document, RESPONSES);
    assert.equal(withoutStoredItems(document, RESPONSES, ["responses"]), null);
  }
  refused({ store: true });
  refused({ messages: [{ role: "assistant", audio: { id: "audio_1" } }] });
  assert.deepEqual(withoutStoredItems({ input: [{ role: "user", content: "x", id: "msg_1" }] }, RESPONSES, []), { store: false });
  assert.deepEqual(withoutStoredItems({ input: [{ type: "reasoning", id: "rs_1", encrypted_content: "e" }] }, RESPONSES, []), { store: false });
  assert.deepEqual(withoutStoredItems({ input: [{ type: "image_generation_call", id: "ig_1", result: "aGk=" }] }, RESPONSES, []), { store: false });
  assert.equal(withoutStoredItems({ prompt: "once upon" }, "/v1/completions", []), null);
});

test("a form with a file reference is refused", () => {
  for (const name of ["file_id", "image[file_id]", "images[][file_id]", "file_ids[]"]) {
    assert.throws(() => checkFormNames(["model", name], []), { code: "stored_items_closed" }, name);
    checkFormNames([name], ["files"]);
  }
  checkFormNames(["model", "file", "image[]", "mask"], []);
});
