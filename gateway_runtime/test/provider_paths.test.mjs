import assert from "node:assert/strict";
import { test } from "node:test";
import { isInferenceUrl } from "../src/provider_paths.mjs";

const found = (text) => isInferenceUrl(new URL(text));

test("inference paths that Portkey creates are allowed", () => {
  for (const url of [
    "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.0-flash:generateContent",
    "https://generativelanguage.googleapis.com/v1alpha/models/gemini-2.0-flash-thinking-exp:streamGenerateContent",
    "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/g:streamGenerateContent?alt=sse",
    "https://aiplatform.googleapis.com/v1/projects/p/locations/global/endpoints/123/chat/completions",
    "https://bedrock-runtime.eu-west-1.amazonaws.com/model/arn%3Aaws%3Abedrock%3Ax%2Fy/converse",
    "https://api.cloudflare.com/client/v4/accounts/a/ai/run/@cf/meta/llama",
    "https://api-inference.huggingface.co/models/meta/llama/v1/chat/completions",
    "https://api.openai.com/v1/anything?x=y",
  ]) assert.equal(found(url), true, url);
});

test("other paths of these providers are not allowed", () => {
  for (const url of [
    "https://generativelanguage.googleapis.com/v1beta/models/g:countTokens:generateContent",
    "https://generativelanguage.googleapis.com/v1beta/cachedContents",
    "https://generativelanguage.googleapis.com/v1beta/models/g:generateContent?fields=x",
    "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/../../../endpoints/1:predict",
    "https://bedrock-runtime.eu-west-1.amazonaws.com/guardrail/x/version/1/apply",
    "https://api.cloudflare.com/client/v4/zones#@cf/a/b", "https://api.cloudflare.com/client/v4/accounts/a/ai/run/x",
    "https://api-inference.huggingface.co/models/a/b/c/v1/chat/completions", "https://api-inference.huggingface.co/x/v1/completions",
    "https://serving.app.predibase.com/v1/deployments?x=/deployments/v2/llms/m/v1/chat/completions",
  ]) assert.equal(found(url), false, url);
});
