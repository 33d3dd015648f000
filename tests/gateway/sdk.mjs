// OpenAI's and Anthropic's clients for Node, pointed at the gateway; prints what each call ended with as JSON.
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

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
  "anthropic answer": await ended(async () => (await message("claude")).content[0].text),
  "anthropic stream": await ended(async () => streamed(await message("claude", { stream: true }), deltaOf)),
  "anthropic error": await ended(() => message("status-529")),
  "anthropic count": await ended(async () => Object.keys(await anthropic.messages.countTokens({ model: "claude", messages }))),
}));
