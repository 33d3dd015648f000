// With routes: Portkey's configuration for the route of a request's model, with the server's keys.
import { GatewayError } from "./errors.mjs";

const KEPT = new Set(["accept", "accept-encoding", "accept-language", "content-type", "user-agent", "anthropic-version",
  "anthropic-beta", "openai-beta", "host"]);
const TRACE = /^[A-Za-z0-9._:-]{1,128}$/;
const MOST_METADATA_BYTES = 1024;

// Headers of a provider's own SDK, by the field of a target that Portkey sends them from.
const ASKED = {
  anthropic: { anthropic_beta: "anthropic-beta", anthropic_version: "anthropic-version" },
  openai: { openai_beta: "openai-beta" },
  "azure-openai": { openai_beta: "openai-beta" },
};
const ASKED_VALUE = /^[A-Za-z0-9][A-Za-z0-9._, =;-]{0,511}$/;

function askedOf(headers) {
  const asked = {};
  for (const [provider, fields] of Object.entries(ASKED)) {
    for (const [field, name] of Object.entries(fields)) {
      const value = headers[name];
      if (!value) continue;
      if (!ASKED_VALUE.test(value)) throw new GatewayError(400, "bad_header", `${name} may hold names, separated by commas`);
      asked[provider] = { ...asked[provider], [field]: value };
    }
  }
  return asked;
}

// A node of the route as Portkey's configuration for one model: a number is a target, anything else a strategy.
function built(node, targets, model, asked) {
  if (typeof node === "number") return { ...asked[targets[node].provider], ...targets[node] };
  if (node.models) return built(new Map(node.models).get(model) ?? node.default, targets, model, asked);
  if (node.fallback) {
    return {
      strategy: { mode: "fallback", on_status_codes: node.on },
      targets: node.fallback.map((inner) => built(inner, targets, model, asked)),
    };
  }
  return {
    strategy: { mode: "loadbalance" },
    targets: node.balance.map(([target, weight]) => ({ ...built(target, targets, model, asked), weight })),
  };
}

function namedModels(node) {
  if (typeof node === "number" || node.balance) return [];
  if (node.fallback) return node.fallback.flatMap(namedModels);
  return [...node.models.flatMap(([model, inner]) => [model, ...namedModels(inner)]), ...namedModels(node.default)];
}

// The targets that a model's requests may take.
function leaves(node, targets, model) {
  if (typeof node === "number") return [targets[node]];
  if (node.models) return leaves(new Map(node.models).get(model) ?? node.default, targets, model);
  return (node.fallback ?? node.balance.map(([target]) => target)).flatMap((inner) => leaves(inner, targets, model));
}

const isUrl = (value) => typeof value === "string" && /^https?:\/\//.test(value);

export function makeRouter({ targets, root }) {
  const named = new Set(namedModels(root));
  const overridden = targets.map((target) => target.override_params?.model).filter((model) => typeof model === "string");
  const made = new Map();
  const providers = new Set(targets.map((target) => target.provider));
  return {
    named,
    // The models that are named: those of ByModel, and those that a target sets in place of the caller's.
    models: [...new Set([...named, ...overridden])].sort(),
    configuration(model, headers = {}) {
      const key = named.has(model) ? model : "";
      const asked = askedOf(headers);
      if (Object.keys(asked).some((provider) => providers.has(provider))) return JSON.stringify(built(root, targets, key, asked));
      if (!made.has(key)) made.set(key, JSON.stringify(built(root, targets, key, {})));
      return made.get(key);
    },
    // Provider, model, key and overrides of each target that the model's requests may take.
    candidates: (model) => leaves(root, targets, model).map(({ provider, override_params: overrides, api_key: key }) =>
      ({ provider, key, overrides, model: overrides?.model ?? model })),
    hosts: targets.flatMap((target) => Object.values(target).filter(isUrl).map((value) => new URL(value).hostname)),
  };
}

export function modelsDocument(models) {
  return { object: "list", data: models.map((id) => ({ id, object: "model", created: 0, owned_by: "ai-gateway" })) };
}

// Only the server sets `team`.
export function checkMetadata(text, id, team) {
  const ours = { ...(team ? { team } : {}), _request_id: id };
  if (text === undefined) return JSON.stringify(ours);
  if (Buffer.byteLength(text) > MOST_METADATA_BYTES) {
    throw new GatewayError(400, "metadata_too_large", `x-portkey-metadata may have ${MOST_METADATA_BYTES} bytes`);
  }
  let given;
  try {
    given = JSON.parse(text);
  } catch {
    given = null;
  }
  const strings = (object) => Object.values(object).every((value) => typeof value === "string");
  if (typeof given !== "object" || given === null || Array.isArray(given) || !strings(given)) {
    throw new GatewayError(400, "bad_metadata", "x-portkey-metadata must be a JSON object of strings");
  }
  const own = Object.entries(given).filter(([key]) => !key.startsWith("_"));
  return JSON.stringify({ ...Object.fromEntries(own), ...ours });
}

// The caller's headers that a provider may see, and the route's configuration: no credentials, and no x-portkey header of the
// caller.
export function routedHeaders(request, configuration, id, team) {
  const headers = Object.entries(request.headers).filter(([name]) => KEPT.has(name));
  const trace = request.headers["x-portkey-trace-id"];
  headers.push(["x-portkey-config", configuration]);
  headers.push(["x-portkey-trace-id", typeof trace === "string" && TRACE.test(trace) ? trace : id]);
  headers.push(["x-portkey-metadata", checkMetadata(request.headers["x-portkey-metadata"], id, team)]);
  return headers;
}
