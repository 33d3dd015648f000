// The allowed paths. Paths are compared as they were sent, so an encoded path cannot bypass the list.
import { GatewayError } from "./errors.mjs";

const JSON_POSTS = [
  "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages",
  "/v1/messages/count_tokens", "/v1/images/generations", "/v1/audio/speech", "/v1/moderations",
];
const FORM_POSTS = [
  "/v1/images/edits", "/v1/images/variations", "/v1/audio/transcriptions", "/v1/audio/translations",
];
const INFERENCE = new Map([
  ...[...JSON_POSTS, ...FORM_POSTS].map((path) => [path, "POST"]),
  ["/v1/models", "GET"],
]);
const ID = "(?!\\.{1,2}(?:/|$))[A-Za-z0-9_.-]{1,128}"; // not . or ..
// Paths to objects that all teams share with the server's key, closed unless a setting opens them; `{}` is an identifier.
const SHARED = {
  files: [["GET", "/v1/files"], ["POST", "/v1/files"], ["GET", "/v1/files/{}"], ["DELETE", "/v1/files/{}"],
    ["GET", "/v1/files/{}/content"]],
  batches: [["GET", "/v1/batches"], ["POST", "/v1/batches"], ["GET", "/v1/batches/{}"], ["GET", "/v1/batches/{}/output"],
    ["POST", "/v1/batches/{}/cancel"]],
  responses: [["GET", "/v1/responses/{}"], ["DELETE", "/v1/responses/{}"], ["GET", "/v1/responses/{}/input_items"]],
  fine_tuning: [["GET", "/v1/fine_tuning/jobs"], ["POST", "/v1/fine_tuning/jobs"], ["GET", "/v1/fine_tuning/jobs/{}"],
    ["POST", "/v1/fine_tuning/jobs/{}/cancel"]],
};

export const takesJson = (path) => JSON_POSTS.includes(path);
export const isInference = (path) => INFERENCE.has(path);

const pattern = (template) => new RegExp(`^${template.replaceAll("{}", ID)}$`);

// A path as it may be logged: one of the list unchanged, of any other only its start.
export function loggedPath(path) {
  if (INFERENCE.has(path) || path === "/") return path;
  const known = /^\/v1\/(files|batches|responses|fine_tuning|models|proxy|prompts|realtime)(?=\/|$)/.exec(path);
  return known ? `${known[0]}/…` : path.startsWith("/v1/") ? "/v1/…" : "/…";
}

// With routes: only paths of the list are sent with the server's key. Throws a GatewayError for any other.
export function checkRoutedPath(method, path, { shared_endpoints: shared, jwt }, scopes) {
  const expected = INFERENCE.get(path);
  if (expected === method) return;
  if (expected) throw new GatewayError(405, "method_not_allowed", `${path} takes ${expected}`, { allow: expected });
  const name = Object.keys(SHARED).find((one) => SHARED[one].some(([m, t]) => m === method && pattern(t).test(path)));
  if (!name) throw new GatewayError(404, "unknown_path", "this gateway has no such path; its documentation lists them");
  if (!shared.includes(name)) {
    throw new GatewayError(404, "path_closed", `this path is closed; the setting shared_endpoints=("${name}",) opens it`);
  }
  if (!jwt || !scopes.includes("admin")) {
    throw new GatewayError(403, "needs_admin", "this path needs a token with the scope admin in addition to invoke");
  }
}

// Without routes callers use their own keys, so every path of the API is allowed, without encoded slashes.
export function checkPlainPath(path) {
  if (!path.startsWith("/v1/") || path.includes("//") || /%(2e|2f|5c)|\\|\/\.\.?(\/|$)/i.test(path.slice(3))) {
    throw new GatewayError(404, "unknown_path", "the API is under /v1/, in paths without encoded slashes");
  }
}
