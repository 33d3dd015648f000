// What the load balancer has verified: it forwards the token as it is, so scopes and client are read from it.
export function claims(authorization) {
  try {
    const payload = authorization.replace(/^Bearer\s+/i, "").split(".")[1];
    const { scope = "", client_id: team = "" } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const scopes = String(scope).split(" ").map((one) => one.split("/").at(-1)).filter(Boolean);
    return { scopes, team: String(team) };
  } catch {
    return { scopes: [], team: "" };
  }
}
