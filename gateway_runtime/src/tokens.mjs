// Reads scopes and client from the token, which the load balancer has verified and forwards unchanged.
const RESOURCE_SERVER = "https://gateway.internal/"; // a test compares it with the Python constant

export function claims(authorization) {
  try {
    const payload = authorization.replace(/^Bearer\s+/i, "").split(".")[1];
    const { scope = "", client_id: team = "" } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const own = String(scope).split(" ").filter((one) => one.startsWith(RESOURCE_SERVER));
    const scopes = own.map((one) => one.slice(RESOURCE_SERVER.length));
    return { scopes, team: String(team) };
  } catch {
    return { scopes: [], team: "" };
  }
}
