// Without routes: which providers and models a caller's own headers choose.
import { spelled } from "../caller_rules.mjs";

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

// Portkey accepts several spellings of each name.
const CHOICES = new Set(["targets", "strategy", "overrideparams"]);

function inspected(value, found) {
  if (typeof value !== "object" || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    const plain = spelled(name);
    if (CHOICES.has(plain)) found.chooses = true;
    if (plain === "overrideparams" && typeof inner?.model === "string") found.models.push(inner.model);
    inspected(inner, found);
  }
  return found;
}

// `candidates` as router.candidates returns them, the `models` that the configuration sets, and a `problem` where the request
// does not bound the cost.
export function candidatesOfCaller(headers, model) {
  const given = Object.fromEntries(headers);
  const config = parsed(given["x-portkey-config"] ?? "{}");
  const found = inspected(config, { models: [], chooses: false });
  const models = [...new Set(found.models)];
  const provider = String(given["x-portkey-provider"] ?? config.provider ?? "");
  return {
    candidates: [{ provider, model: models[0] ?? model, key: "" }],
    models,
    problem: found.chooses ? "an x-portkey-config with targets or override_params" : null,
  };
}

// Whether a name in an outgoing request is the requested model: unchanged, without its prefix (the
// path of "google.gemini-pro" has "models/gemini-pro"), or only its owner (the path of "meta/llama" has "models/meta/llama").
export const isAsked = (name, asked) =>
  name === asked || asked.startsWith(`${name}/`) || (asked.endsWith(name) && /[./:]/.test(asked.at(-name.length - 1)));
