// With routes: fields of inference calls that refer to objects stored under the server's key, which other teams may have stored.
import { GatewayError } from "./errors.mjs";

// Anywhere in a request, by the group of shared_endpoints that opens them.
const FILES = new Set(["file_id", "file_ids", "vector_store_id", "vector_store_ids", "skill_id", "cached_content", "cachedContent",
  "data_sources", "dataSources", "file_uri", "fileUri", "s3Location", "container_id", "collection_ids", "voice_id"]);
// At the top level of a request.
const RESPONSES = ["previous_response_id", "conversation"];
// Objects whose keys the caller chooses: schemas, and arguments of tool calls.
const CALLERS_OWN = new Set(["parameters", "input_schema", "json_schema", "schema", "metadata", "arguments", "properties"]);
const TOOL_USES = new Set(["tool_use", "server_tool_use", "mcp_tool_use"]);
// URLs that the provider reads with the identity of the server's key.
const STORES = new Set(["generativelanguage.googleapis.com", "storage.googleapis.com", "api.openai.com", "api.anthropic.com"]);
const SCHEMES = new Set(["gs:", "s3:"]);

// Whether a URL has one of these hosts or schemes, in any spelling: with credentials, a port or a final dot.
function isStored(text) {
  if (text.startsWith("data:") || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return SCHEMES.has(protocol) || STORES.has(hostname.replace(/\.$/, ""));
}

const URL_FIELD = /(^|_)ur[il]$|Ur[il]$/;

function closed(field, group) {
  return new GatewayError(400, "stored_items_closed", `${field} refers to what is stored under the server's key, which all teams ` +
    `share; the setting shared_endpoints=("${group}",) opens it`);
}

const isObject = (value) => typeof value === "object" && value !== null;

// A container's identifier, in an OpenAI tool or at the top level for Anthropic; {"type": "auto"} creates a new one.
const namesContainer = (value) => typeof value === "string" || (isObject(value) && value.id != null);

// A voice that was created from a recording; OpenAI's own voices have names.
const namesVoice = (value) => (isObject(value) ? value.id != null : /^voice_/.test(value));

function checkFiles(value) {
  if (Array.isArray(value)) return value.forEach(checkFiles);
  if (!isObject(value)) return undefined;
  for (const [name, inner] of Object.entries(value)) {
    if (inner === null || CALLERS_OWN.has(name) || (name === "input" && TOOL_USES.has(value.type))) continue;
    if (FILES.has(name) || (name === "container" && namesContainer(inner))) throw closed(name, "files");
    if (name === "voice" && namesVoice(inner)) throw closed("voice.id", "files");
    if (URL_FIELD.test(name) && typeof inner === "string" && isStored(inner)) throw closed(name, "files");
    checkFiles(inner);
  }
  return undefined;
}

// An item of `input` that is a reference, or whose content the provider looks up by its id.
function isReference(item) {
  if (!isObject(item) || item.id == null) return false;
  if (item.type === "reasoning" || item.type === "compaction") return !item.encrypted_content;
  if (item.type === "image_generation_call") return !item.result;
  return item.type === "item_reference" || (item.type == null && item.role == null);
}

function checkStored(document, path) {
  for (const field of RESPONSES) if (document[field] != null) throw closed(field, "responses");
  for (const field of ["store", "background"]) if (document[field]) throw closed(field, "responses");
  if (path === "/v1/responses") {
    if (document.prompt != null) throw closed("prompt", "responses");
    if (Array.isArray(document.input) && document.input.some(isReference)) throw closed("item_reference", "responses");
  }
  const messages = Array.isArray(document.messages) ? document.messages : [];
  if (messages.some((message) => message?.role === "assistant" && message.audio?.id != null)) throw closed("audio.id", "responses");
}

// Throws a GatewayError where the request refers to stored objects or would store one. Returns the fields to set, or null.
export function withoutStoredItems(document, path, shared) {
  if (!shared.includes("files")) checkFiles(document);
  if (shared.includes("responses")) return null;
  checkStored(document, path);
  // OpenAI stores a response unless told not to.
  return path === "/v1/responses" && document.store !== false ? { store: false } : null;
}

// The same check for the names of a form's parts.
export function checkFormNames(names, shared) {
  const found = shared.includes("files") ? undefined : names.find((name) => FILES.has(/([A-Za-z_]+)\]*(\[\])?$/.exec(name)?.[1]));
  if (found) throw closed(found.slice(0, 64), "files");
}
