// Upper bounds of a request before it is sent: of its input from its bytes, of its output from the limit in the request.

// A token is at least one byte of the request. What a provider adds to a prompt has fewer tokens than these.
const ADDED_TOKENS = 256;
const ADDED_FOR_TOOLS = 4096;
// OpenAI counts up to 48,169 tokens for one image (gpt-4o-mini, high detail, 8 tiles), others less.
const IMAGE_TOKENS = 50_000;
const ESTIMATED_IMAGE_TOKENS = 1000;
const BYTES_PER_TOKEN = 4;

// The fields that limit the output, by path; OpenAI's newer models refuse max_tokens in chat completions.
const LIMITS = new Map([
  ["/v1/chat/completions", ["max_completion_tokens", "max_tokens"]],
  ["/v1/completions", ["max_tokens"]],
  ["/v1/responses", ["max_output_tokens"]],
  ["/v1/messages", ["max_tokens"]],
]);
const OPENAI = new Set(["openai", "azure-openai"]);
const NO_OUTPUT = new Set(["/v1/embeddings"]);
const FREE = new Set(["/v1/moderations", "/v1/messages/count_tokens", "/v1/models"]);

export const isFree = (method, path) => FREE.has(path) || method === "GET" || method === "DELETE";
export const generates = (path) => LIMITS.has(path);

const isObject = (value) => typeof value === "object" && value !== null;
const CALLERS_TOOLS = /^(function|custom|bash_|text_editor_|computer_|memory_|local_shell|shell|apply_patch)/;
const SEARCHES = /^(google_?search|googleSearchRetrieval|google_search_retrieval|url_?context|code_?execution|google_?maps|enterprise_?web_?search)$/i;
// Fields whose content the caller defines, and in which providers follow no reference: schemas, arguments and text.
const CALLERS_OWN = new Set(["parameters", "input_schema", "json_schema", "schema", "metadata", "arguments", "properties"]);

// The fields of a part that contain an image or a file, and the kind of what is in them.
function mediaOf(part) {
  const source = part.image_url ?? part.source ?? part.input_audio ?? part.file ?? part.video_url;
  const type = String(part.type ?? "");
  const url = typeof source === "string" ? source : source?.url ?? source?.data ?? source?.file_data ?? part.file_data ?? part.file_url ?? "";
  return { type, source, url: typeof url === "string" ? url : "" };
}

// Walks a request: counts images and their bytes, and finds what no limit of the request bounds.
function inspected(value, found) {
  if (Array.isArray(value)) {
    for (const item of value) inspected(item, found);
    return found;
  }
  if (!isObject(value)) return found;
  const { type, source, url } = mediaOf(value);
  if (value.cache_control || value.cachePoint) found.caching = true;
  if (/^(image_url|input_image|image)$/.test(type)) {
    const inline = url.startsWith("data:image/") || source?.type === "base64";
    if (!inline) found.unbounded ??= "an image by its address or identifier";
    found.images += 1;
    found.imageBytes += inline ? url.length : 0;
    return found;
  }
  if (/^(file|input_file|document|container_upload|video_url|input_video)$/.test(type) && !["text", "content"].includes(source?.type)) {
    found.unbounded ??= "a file, of which a page or a second may be few bytes";
  }
  if (type === "input_audio") found.unbounded ??= "audio";
  for (const [name, inner] of Object.entries(value)) if (isObject(inner) && !CALLERS_OWN.has(name)) inspected(inner, found);
  return found;
}

function serverSide(document) {
  const tools = Array.isArray(document.tools) ? document.tools : [];
  const named = (tool) => tool?.function?.name ?? (tool?.type ? "" : tool?.name) ?? "";
  const hosted = (tool) => tool?.type === "shell" && (tool.environment?.type ?? "local") !== "local";
  if (tools.some((tool) => !CALLERS_TOOLS.test(tool?.type ?? "function") || SEARCHES.test(named(tool)) || hosted(tool))) return "a tool that the provider runs";
  if (document.web_search_options || document.mcp_servers || document.plugins) return "a tool that the provider runs";
  return null;
}

// References to what is stored at the provider, and fields of Bedrock and OpenRouter that the gateway does not read or that choose
// other models.
const BEYOND = ["previous_response_id", "conversation", "cached_content", "cachedContent", "additionalModelRequestFields",
  "additional_model_request_fields", "performance_config", "models", "provider"];

function stored(document) {
  const named = BEYOND.find((name) => document[name] != null);
  if (named) return `what the gateway does not read (${named})`;
  if (isObject(document.prompt) && !Array.isArray(document.prompt)) return "what is stored (prompt)";
  const items = Array.isArray(document.input) ? document.input : [];
  if (items.some((item) => item?.id && (item.type === "item_reference" || !(item.type || item.role)))) return "what is stored (input)";
  if (document.background) return "an answer in the background";
  return null;
}

// Service tiers that cost as much as the default tier or less.
const TIERS = /^(auto|default|standard(_only)?|on_demand|flex)$/;

function dearer(document) {
  if (!TIERS.test(document.service_tier ?? "auto") || !TIERS.test(document.speed ?? "auto")) return "a service tier with other prices";
  return String(document.modalities ?? "text") === "text" ? null : "an output other than text";
}

const positive = (value) => (Number.isSafeInteger(value) && value > 0 ? value : undefined);

// Not a positive integer: one provider refuses such a limit, another ignores it or uses it in place of the reserved one.
function odd(names, fields) {
  const name = [...names, "n", "best_of"].find((one) => fields[one] != null && !positive(fields[one]));
  return name ? `a ${name} that is no number above 0` : null;
}

// Upper bounds and estimates of a request. `output` is null where the request has no limit; `unbounded` names what in it has none.
export function boundsOf(path, document, bytes, more = {}) {
  const found = inspected(document, { images: 0, imageBytes: 0, caching: false, unbounded: null });
  const text = bytes - found.imageBytes;
  const names = LIMITS.get(path) ?? [];
  const fields = { ...document, ...more };
  const limits = names.map((name) => positive(fields[name])).filter(Boolean);
  const choices = Math.max(1, positive(fields.n) ?? 1, positive(fields.best_of) ?? 1) * prompts(path, fields);
  // Predicted tokens that are not used are billed as output, in addition to the output.
  const predicted = document.prediction ? Buffer.byteLength(JSON.stringify(document.prediction)) : 0;
  const output = NO_OUTPUT.has(path) ? 0 : limits.length ? (Math.max(...limits) + predicted) * choices : null;
  const unpriced = NO_OUTPUT.has(path) || LIMITS.has(path) ? null : "an API that is not paid by tokens of text";
  return {
    input: text + ADDED_TOKENS + (document.tools ? ADDED_FOR_TOOLS : 0) + found.images * IMAGE_TOKENS,
    output,
    choices,
    caching: found.caching,
    unbounded: unpriced ?? odd(names, fields) ?? serverSide(document) ?? stored(document) ?? dearer(fields) ?? found.unbounded,
    estimate: Math.ceil(text / BYTES_PER_TOKEN) + found.images * ESTIMATED_IMAGE_TOKENS,
  };
}

// The number of prompts: each prompt of a list has a completion, and an array of numbers is one prompt in tokens.
function prompts(path, { prompt }) {
  if (path !== "/v1/completions" || !Array.isArray(prompt) || prompt.every((one) => typeof one === "number")) return 1;
  return Math.max(1, prompt.length);
}

// The field to set where a request has no limit.
export function limitField(path, providers) {
  const names = LIMITS.get(path);
  return names && (names.length === 1 || providers.some((one) => OPENAI.has(one)) ? names[0] : names[1]);
}

const OUTGOING = ["max_tokens", "max_completion_tokens", "max_output_tokens", "max_tokens_to_sample", "max_new_tokens", "maxTokens",
  "maxOutputTokens", "max_gen_len", "maxTokenCount", "max_length"];
const WITHIN = ["generationConfig", "generation_config", "inferenceConfig", "parameters", "textGenerationConfig", "options"];

// The limit in a request as it is sent to a provider, or undefined.
export function outgoingLimit(document) {
  const places = [document, ...WITHIN.map((name) => document[name]).filter(isObject)];
  const found = places.flatMap((place) => OUTGOING.map((name) => positive(place[name])).filter(Boolean));
  return found.length ? Math.max(...found) : undefined;
}

// An estimate of the tokens in so many generated characters: at least one for each event of a stream.
export const tokensOf = (characters, events) => Math.max(events, Math.ceil(characters / 3));
