// Verifies the access token of the environment's user pool, so that access does not depend on who can reach the port.
import { createPublicKey, verify } from "node:crypto";
import { GatewayError } from "../errors.mjs";

const MOST_TOKENS = 1000;
const KEYS_MS = 6 * 3600_000;
// A token with an unknown key id makes the gateway fetch the keys again, at most this often.
const REFETCH_MS = 60_000;
const TIMEOUT_MS = 3000;
const MOST_TOKEN_BYTES = 8192;

const refused = (why) =>
  new GatewayError(401, "invalid_token", `the access token ${why}`, { "www-authenticate": 'Bearer error="invalid_token"' });

function parsed(part) {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) ?? {};
  } catch {
    return {};
  }
}

// The pool's public keys by id. `fetchKeys(url)` resolves to a Response.
export function makeKeys(issuer, fetchKeys, now = Date.now) {
  let keys = new Map();
  let [fetched, tried] = [-Infinity, -Infinity];
  let pending;

  async function load() {
    tried = now();
    const answer = await fetchKeys(`${issuer}/.well-known/jwks.json`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`the pool's keys answer ${answer.status}`);
    const { keys: listed } = await answer.json();
    const usable = listed.filter(({ kty, alg, use }) => kty === "RSA" && (alg ?? "RS256") === "RS256" && (use ?? "sig") === "sig");
    keys = new Map(usable.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: "jwk" })]));
    fetched = now();
  }

  return async (id) => {
    const stale = now() - fetched > KEYS_MS;
    if ((stale || !keys.has(id)) && (now() - tried > REFETCH_MS || pending || keys.size === 0)) {
      pending ??= load().finally(() => (pending = undefined));
      // Keys that were fetched stay valid while the pool cannot be reached.
      await pending.catch((error) => {
        if (keys.size === 0) throw error;
      });
    }
    return keys.get(id);
  };
}

// Resolves a request's Authorization to the claims of a valid token. Throws a GatewayError.
export function makeIdentity({ issuer, keyOf, now = Date.now }) {
  const verified = new Map(); // claims by token

  async function checked(token) {
    const [head, payload, signature, ...more] = token.split(".");
    const header = parsed(head);
    if (!signature || more.length || header.alg !== "RS256" || typeof header.kid !== "string") throw refused("is no RS256 JWT");
    let key;
    try {
      key = await keyOf(header.kid);
    } catch {
      throw new GatewayError(503, "identity_unavailable", "the user pool's keys cannot be fetched; try again", { "retry-after": "5" });
    }
    if (!key) throw refused("is signed with a key that is not the user pool's");
    if (!verify("RSA-SHA256", Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url"))) {
      throw refused("has a wrong signature");
    }
    const claims = parsed(payload);
    if (claims.iss !== issuer) throw refused("is not from this environment's user pool");
    if (claims.token_use !== "access") throw refused("is no access token");
    if (typeof claims.client_id !== "string" || !claims.client_id) throw refused("names no client");
    if (!Number.isFinite(claims.exp)) throw refused("has no expiry");
    return claims;
  }

  return async (authorization) => {
    const token = /^Bearer +([A-Za-z0-9._-]+) *$/i.exec(authorization ?? "")?.[1];
    if (!token || token.length > MOST_TOKEN_BYTES) {
      throw new GatewayError(401, "no_token", "send the access token as Authorization: Bearer <token>", { "www-authenticate": "Bearer" });
    }
    let claims = verified.get(token);
    if (!claims) {
      claims = await checked(token);
      if (verified.size >= MOST_TOKENS) verified.delete(verified.keys().next().value);
      verified.set(token, claims);
    }
    if (claims.exp * 1000 > now()) return claims;
    verified.delete(token);
    throw refused("has expired");
  };
}
