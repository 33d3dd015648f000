// OpenAI's and Anthropic's clients for Node, pointed at the gateway; prints what each call ended with as JSON.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { toFile } from "openai";

const { GATEWAY_URL: url, CALLERS_KEY: apiKey } = process.env;
const headers = (provider) => ({ "x-portkey-provider": provider });
const options = { apiKey, maxRetries: 0, timeout: 20_000 };
const openai = new OpenAI({ ...options, baseURL: `${url}/v1`, defaultHeaders: headers("openai") });
const anthropic = new Anthropic({ ...options, baseURL: url, defaultHeaders: headers("anthropic") });
const messages = [{ role: "user", content: "a prompt that nobody may read" }];
const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } }];

const failure = (error) => ({ name: error.constructor.name, status: error.status ?? null, request_id: error.requestID ?? null });
async function ended(call) {
  try {
    return await call();
  } catch (error) {
    return failure(error);
  }
}
async function streamed(stream, text) {
  const parts = [];
  try {
    for await (const event of stream) parts.push(text(event) ?? "");
  } catch (error) {
    return { parts: parts.join(""), ...failure(error) };
  }
  return { parts: parts.join("") };
}
const chat = (model, more = {}, given = {}) => openai.chat.completions.create({ model, messages, ...more }, given);
const message = (model, more = {}, given = {}) =>
  anthropic.messages.create({ model, max_tokens: 16, messages, ...more }, given);
const textOf = (event) => event.choices[0]?.delta?.content;
const deltaOf = (event) => event.delta?.text;

console.log(JSON.stringify({
  "openai answer": await ended(async () => (await chat("any")).choices[0].message.content),
  "openai stream": await ended(async () => streamed(await chat("stream-3-0", { stream: true }), textOf)),
  "openai tools": await ended(async () => (await chat("any", { tools })).choices[0].message.tool_calls[0].function.name),
  "openai error": await ended(() => chat("status-400")),
  "openai broken": await ended(async () => streamed(await chat("broken-3", { stream: true }), textOf)),
  "openai retries": await ended(() => chat("status-503", {}, { maxRetries: 2 })),
  "openai timeout": await ended(() => chat("hang", {}, { timeout: 1000 })),
  "openai embeddings": await ended(async () => (await openai.embeddings.create({ model: "any", input: "x" })).data[0].embedding),
  "openai responses": await ended(async () => (await openai.responses.create({ model: "any", input: "x" })).output_text),
  "openai responses stream": await ended(async () =>
    streamed(await openai.responses.create({ model: "any", input: "x", stream: true }), (event) => event.delta)),
  "openai image": await ended(async () =>
    (await openai.images.edit({ model: "any", prompt: "x", image: await toFile(Buffer.alloc(100_000, 1), "a.png") })).data[0].b64_json),
  "openai transcription": await ended(async () =>
    (await openai.audio.transcriptions.create({ model: "any", file: await toFile(Buffer.alloc(100_000, 2), "a.mp3") })).text),
  "openai cancelled": await ended(async () => {
    const stream = await chat("stream-400-0.02", { stream: true });
    for await (const event of stream) if (textOf(event)) break;
    return stream.controller.signal.aborted;
  }),
  "anthropic answer": await ended(async () => (await message("claude")).content[0].text),
  "anthropic stream": await ended(async () => streamed(await message("claude", { stream: true }), deltaOf)),
  "anthropic error": await ended(() => message("status-529")),
  "anthropic count": await ended(async () => Object.keys(await anthropic.messages.countTokens({ model: "claude", messages }))),
}));
