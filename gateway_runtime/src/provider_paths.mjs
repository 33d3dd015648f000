// Providers whose path contains the model or another field: which paths are allowed with the server's key.
const VERTEX = "/v1(beta1)?/projects/[^/]+/locations/[^/]+";
const PATHS = [
  [/^generativelanguage\.googleapis\.com$/, [
    "/v1(beta|alpha)?/models/[^/:]+:(generateContent|streamGenerateContent|embedContent)",
    "/v1beta3/models/[^/:]+:(generateText|generateMessage|embedText)",
  ]],
  [/(^|-)aiplatform\.googleapis\.com$/, [
    `${VERTEX}/publishers/[^/]+/models/[^/:]+:(generateContent|streamGenerateContent|predict|rawPredict|streamRawPredict)`,
    `${VERTEX}/endpoints/[^/:]+/chat/completions`,
  ]],
  [/^bedrock-runtime\./, ["/model/[^/]+/(invoke|invoke-with-response-stream|converse|converse-stream|count-tokens)"]],
  [/^api\.cloudflare\.com$/, ["/client/v4/accounts/[^/]+/ai/run/@(cf|hf)/[^/]+/[^/]+"]],
  [/^api-inference\.huggingface\.co$/, ["/models/[^/]+(/[^/]+)?/v1/(chat/)?completions"]],
  [/^api\.segmind\.com$/, ["/v1/[^/]+"]],
  [/^serving\.app\.predibase\.com$/, ["/[^/]+/deployments/v2/llms/[^/]+(/[^/]+)?/v1/chat/completions"]],
].map(([host, paths]) => [host, new RegExp(`^(${paths.join("|")})$`)]);

// Whether a final URL, without its key, is an inference call, at providers whose URLs contain what a caller sends.
export function isInferenceUrl(url) {
  const rule = PATHS.find(([host]) => host.test(url.hostname));
  return !rule || (rule[1].test(url.pathname) && ["", "?alt=sse"].includes(url.search) && url.hash === "");
}
