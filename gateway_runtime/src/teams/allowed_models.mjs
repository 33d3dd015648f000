// Which models a team may use: names, and patterns where "*" is any number of characters.
import { GatewayError } from "../errors.mjs";

const expressions = new Map();

function expression(pattern) {
  if (!expressions.has(pattern)) {
    const text = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
    expressions.set(pattern, new RegExp(`^${text}$`));
  }
  return expressions.get(pattern);
}

export const mayUse = (patterns, model) => !patterns || patterns.some((pattern) => expression(pattern).test(model));

// Throws a GatewayError for a model that is not on the team's list, and for a request without a model.
export function checkAllowed({ team, models }, model) {
  if (mayUse(models, model)) return;
  const what = model ? `the model ${model} is not allowed` : "the request names no model";
  throw Object.assign(new GatewayError(403, "model_not_allowed", `${what}; team ${team} may use: ${models.join(", ")}`), {
    limit: "model",
  });
}

// The models that GET /v1/models lists for a team: those of the routes that it may use, and the names on its list that are not
// patterns.
export function ownModels({ models }, routed) {
  if (!models) return routed;
  const names = models.filter((pattern) => !pattern.includes("*"));
  return [...new Set([...routed.filter((model) => mayUse(models, model)), ...names])].sort();
}
