// Which models a team may use: names, and patterns in which "*" is any number of characters.
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

// Throws a GatewayError for a model outside the team's list. A request without a model has none on it.
export function checkAllowed({ team, models }, model) {
  if (mayUse(models, model)) return;
  const what = model ? `the model ${model} is not allowed` : "the request names no model";
  throw Object.assign(new GatewayError(403, "model_not_allowed", `${what}; team ${team} may use: ${models.join(", ")}`), {
    limit: "model",
  });
}

// What GET /v1/models shows a team: of the routes' models its own, and the names in its list that are no patterns.
export function ownModels({ models }, routed) {
  if (!models) return routed;
  const names = models.filter((pattern) => !pattern.includes("*"));
  return [...new Set([...routed.filter((model) => mayUse(models, model)), ...names])].sort();
}
