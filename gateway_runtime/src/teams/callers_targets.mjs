// Without routes: which providers and models a caller's own headers lead to.

function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

function modelsIn(value, found = []) {
  if (typeof value !== "object" || value === null) return found;
  for (const [name, inner] of Object.entries(value)) {
    if (/^override_?params$/i.test(name) && typeof inner?.model === "string") found.push(inner.model);
    modelsIn(inner, found);
  }
  return found;
}

const CHOICES = /"(targets|strategy|override_?params)"\s*:/i;

// `candidates` as router.candidates returns them, `models` that the configuration sets, and the `problem` of one whose cost
// the request does not bound.
export function candidatesOfCaller(headers, model) {
  const given = Object.fromEntries(headers);
  const config = parsed(given["x-portkey-config"] ?? "{}");
  const models = [...new Set(modelsIn(config))];
  const provider = String(given["x-portkey-provider"] ?? config.provider ?? "");
  return {
    candidates: [{ provider, model: models[0] ?? model, key: "" }],
    models,
    // As it was read: in the text a name may be spelled with escapes.
    problem: CHOICES.test(JSON.stringify(config)) ? "an x-portkey-config with targets or override_params" : null,
  };
}

// Whether a name in an outgoing request is that of the model that was asked for: as it is, without what stands before it (the
// path of "google.gemini-pro" has "models/gemini-pro"), or its owner (the path of "meta/llama" has "models/meta/llama").
export const isAsked = (name, asked) =>
  name === asked || asked.startsWith(`${name}/`) || (asked.endsWith(name) && /[./:]/.test(asked.at(-name.length - 1)));
