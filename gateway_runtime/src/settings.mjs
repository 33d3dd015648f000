// The runtime's environment variables: one JSON document, the routes, and one variable for each provider's key.
// Each is removed from process.env after reading, so that code loaded later cannot read it.
import { randomUUID } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { fromBase85 } from "./base85.mjs";

export const DEFAULTS = {
  stream_seconds: 300,
  drain_seconds: 120,
  max_body_mib: 10,
  in_flight_mib: 40,
  collector: null, // "127.0.0.1:4318" where the gateway is instrumented
  trusted_hosts: [],
  egress_ports: [443],
  allow_public_hosts: false,
  allow_caller_hooks: false,
  shared_endpoints: [],
  jwt: false,
  aws_dns_suffix: "amazonaws.com",
};

function taken(env, name) {
  const value = env[name];
  delete env[name];
  return value;
}

// The document of a packed variable.
const unpacked = (text) => JSON.parse(inflateRawSync(fromBase85(text)).toString("utf8"));

// In the routes, `targets` are Portkey's targets, and `secrets` the variables with their keys, in the same order.
// Puts each key in its target. A target without a variable is signed with the task role: it carries `marker`.
function withKeys(document, env, marker) {
  const keys = document.secrets.map((variable) => (variable ? env[variable] : marker));
  const missing = document.secrets.filter((variable, index) => variable && !keys[index]);
  if (missing.length) {
    throw new Error(`${[...new Set(missing)].join(", ")}: no key; write it with make secrets and restart the tasks`);
  }
  for (const variable of new Set(document.secrets)) if (variable) delete env[variable];
  const targets = document.targets.map((target, index) => ({ ...target, api_key: keys[index] }));
  return { ...document, targets };
}

export function readSettings(env = process.env) {
  const settings = { ...DEFAULTS, ...JSON.parse(taken(env, "GATEWAY_SETTINGS") ?? "{}") };
  delete env.GATEWAY_RUNTIME;
  // Random in each process, so that no caller can send it.
  settings.task_role_marker = `task-role-${randomUUID()}`;
  const routes = taken(env, "GATEWAY_ROUTES");
  settings.routes = routes ? withKeys(unpacked(routes), env, settings.task_role_marker) : null;
  const teams = taken(env, "GATEWAY_TEAMS");
  const limits = taken(env, "GATEWAY_LIMITS");
  // Values that only a deployment knows, and values of the settings.
  settings.teams = teams ? { ...JSON.parse(teams), ...unpacked(limits) } : null;
  settings.server_keys = [...new Set(settings.routes?.targets.map((target) => target.api_key))];
  // Portkey would use the task role for a caller's `aws_auth_type: assumedRole`.
  settings.credentials_url =
    taken(env, "AWS_CONTAINER_CREDENTIALS_FULL_URI") ??
    (env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI && `http://169.254.170.2${env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI}`);
  delete env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  return settings;
}
