// Without routes: what a caller's own configuration may contain, and where the provider's key comes from.
import { GatewayError } from "./errors.mjs";
import { checkMetadata } from "./routing.mjs";

// Portkey accepts several spellings of a name (aws_auth_type, awsAuthType, aws__auth__type); all are compared as awsauthtype.
export const spelled = (name) => name.replace(/[^A-Za-z0-9]/g, "").toLowerCase();
// A caller may not define these: guardrails run regular expressions and call webhooks, caches share answers.
const HOOK_FIELDS = /^((default)?(input|output)(guardrails|mutators)|(before|after)requesthooks|cache|webhook.*|regex)$/;
const HOOK_HEADERS = ["x-portkey-default-input-guardrails", "x-portkey-default-output-guardrails", "x-portkey-cache",
  "x-portkey-cache-force-refresh", "x-portkey-cache-namespace"];
// With these, Portkey would use the task's own identity.
const ROLE_VALUES = new Set(["assumedrole", "managed", "workload"]);
// Headers that load balancers, proxies and tracing add; they are not sent to a provider.
const OURS = /^x-(forwarded|amzn|amz-cf|real-ip|b3|cloud-trace|client-ip|original-)|^(traceparent|tracestate|baggage|b3|true-client-ip|cf-connecting-ip)$/;
const MOST_DEPTH = 8;
const MOST_ATTEMPTS = 5;
const MOST_TARGETS = 32;
const ROLE_FIELDS = new Set(["awsauthtype", "azureauthmode"]);
const KEY_FIELDS = new Set(["apikey", "awsaccesskeyid", "azureadtoken", "azureentraclientsecret", "vertexserviceaccountjson",
  "oracleprivatekey"]);
export const KEY_HEADERS = ["x-portkey-api-key", "x-api-key", "api-key", "x-goog-api-key", "x-portkey-aws-access-key-id",
  "x-portkey-azure-ad-token", "x-portkey-azure-entra-client-secret", "x-portkey-vertex-service-account-json",
  "x-portkey-oracle-private-key"];

function inspected(value, settings, depth = 0, found = { keys: false, targets: 0 }) {
  if (depth > MOST_DEPTH) throw new GatewayError(400, "bad_config", `x-portkey-config may be ${MOST_DEPTH} levels deep`);
  if (Array.isArray(value)) for (const item of value) inspected(item, settings, depth + 1, found);
  else if (typeof value === "object" && value !== null) {
    for (const [name, item] of Object.entries(value)) {
      const plain = spelled(name);
      if (!settings.allow_caller_hooks && HOOK_FIELDS.test(plain)) {
        throw new GatewayError(400, "hooks_not_allowed", `x-portkey-config: ${name.slice(0, 64)} is not allowed; ` +
          "callers define no guardrails, hooks, caches or expressions unless allow_caller_hooks is set");
      }
      if (ROLE_FIELDS.has(plain) && ROLE_VALUES.has(spelled(String(item)))) {
        throw new GatewayError(400, "role_not_allowed", `x-portkey-config: ${name.slice(0, 64)} may not use the gateway's own identity`);
      }
      if (plain === "attempts" && !(item >= 0 && item <= MOST_ATTEMPTS)) {
        throw new GatewayError(400, "bad_config", `x-portkey-config: attempts may be 0 to ${MOST_ATTEMPTS}`);
      }
      if (KEY_FIELDS.has(plain) && item) found.keys = true;
      if (plain === "targets" && Array.isArray(item)) found.targets += item.length;
      if (found.targets > MOST_TARGETS) {
        throw new GatewayError(400, "bad_config", `x-portkey-config: ${MOST_TARGETS} targets are allowed`);
      }
      inspected(item, settings, depth + 1, found);
    }
  }
  return found;
}

function configuration(headers) {
  const text = headers["x-portkey-config"];
  if (text === undefined) return undefined;
  try {
    const document = JSON.parse(text);
    if (typeof document === "object" && document !== null) return document;
  } catch {
    // The error is thrown below.
  }
  throw new GatewayError(400, "bad_config", "x-portkey-config must be a JSON object");
}

// The headers for Portkey. With JWT the caller's Authorization is the gateway's token and is not passed on.
export function plainHeaders(request, settings, id, team) {
  const headers = { ...request.headers };
  for (const name of ["connection", "keep-alive", "upgrade", "transfer-encoding", "te", "trailer", "proxy-authorization",
    "content-length", "content-encoding", "expect", "cookie", "forwarded", "via"]) delete headers[name];
  for (const name of Object.keys(headers)) if (OURS.test(name)) delete headers[name];
  if (!settings.allow_caller_hooks) {
    const hook = HOOK_HEADERS.find((name) => name in headers);
    if (hook) throw new GatewayError(400, "hooks_not_allowed", `${hook} is not allowed unless allow_caller_hooks is set`);
  }
  for (const name of ["x-portkey-aws-auth-type", "x-portkey-azure-auth-mode"]) {
    if (ROLE_VALUES.has(spelled(String(headers[name] ?? "")))) {
      throw new GatewayError(400, "role_not_allowed", `${name} may not use the gateway's own identity`);
    }
  }
  // It would forward the named headers to the provider, including the gateway's credentials.
  if (settings.jwt) {
    delete headers.authorization;
    const forwarded = String(headers["x-portkey-forward-headers"] ?? "").toLowerCase().split(",");
    if (forwarded.some((name) => name.trim() === "authorization")) delete headers["x-portkey-forward-headers"];
  }
  const config = configuration(headers);
  const found = config ? inspected(config, settings) : { keys: false };
  if (headers["x-portkey-api-key"] && !headers.authorization) {
    headers.authorization = `Bearer ${headers["x-portkey-api-key"]}`;
  }
  if (!headers.authorization && !found.keys && !KEY_HEADERS.some((name) => headers[name])) {
    throw new GatewayError(401, "no_provider_key", settings.jwt
      ? "the token is for this gateway; put the provider's key into x-portkey-api-key or x-portkey-config"
      : "no provider's key: put it into Authorization, x-portkey-api-key or x-portkey-config");
  }
  if (String(headers["x-portkey-metadata"] ?? "").length > 1024) {
    throw new GatewayError(400, "metadata_too_large", "x-portkey-metadata may have 1024 bytes");
  }
  if (team) headers["x-portkey-metadata"] = checkMetadata(headers["x-portkey-metadata"], id, team);
  headers["x-portkey-trace-id"] ??= id;
  return Object.entries(headers);
}
