// Loaded into the gateway's process before the gateway itself (node --import): what it lacks to run as a task.
import dns from "node:dns";
import net from "node:net";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const { GATEWAY_LISTEN_HOST, GATEWAY_SIGN_BEDROCK, TRUSTED_CUSTOM_HOSTS = "" } = process.env;

// It binds every interface. Behind an edge only the task itself may reach it.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, host, ...rest) {
  this.once("listening", () => drainAtEnd(this));
  const bound = typeof port === "number" && host === undefined && GATEWAY_LISTEN_HOST;
  return listen.call(this, port, bound || host, ...rest);
};

// SIGTERM: take no more, let the answers that are under way finish, flush the telemetry, end.
// Whoever listens for the signal by now (the OpenTelemetry SDK, which flushes and never exits) is called last.
function drainAtEnd(server) {
  const others = process.listeners("SIGTERM");
  process.removeAllListeners("SIGTERM");
  process.once("SIGTERM", async () => {
    const closed = new Promise((done) => server.close(done));
    const idle = setInterval(() => server.closeIdleConnections?.(), 50);
    await closed;
    clearInterval(idle);
    const flushed = Promise.allSettled(others.map((listener) => listener("SIGTERM")));
    await Promise.race([flushed, new Promise((done) => setTimeout(done, 1500))]);
    process.exit(0);
  });
}

// Callers may name a host. The gateway refuses private addresses, but not names that resolve to them.
const trusted = new Set(TRUSTED_CUSTOM_HOSTS.split(",").map((host) => host.trim().replace(/:\d+$/, "")));
const inside = new net.BlockList();
for (const [network, prefix] of [["0.0.0.0", 8], ["10.0.0.0", 8], ["100.64.0.0", 10], ["127.0.0.0", 8],
  ["169.254.0.0", 16], ["172.16.0.0", 12], ["192.168.0.0", 16]]) inside.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of [["::", 127], ["fc00::", 7], ["fe80::", 10]]) inside.addSubnet(network, prefix, "ipv6");
// An interface endpoint gives AWS's own names private addresses.
const ours = (host) => trusted.has(host) || /\.amazonaws\.com(\.cn)?$/.test(host);
const lookup = dns.lookup;
dns.lookup = function (hostname, options, callback) {
  const done = callback ?? options;
  lookup.call(this, hostname, callback ? options : {}, (error, address, family) => {
    const found = Array.isArray(address) ? address : [{ address, family }];
    const refused = !error && !ours(hostname) && found.find((one) =>
      inside.check(one.address.replace(/^::ffff:/, ""), net.isIPv6(one.address.replace(/^::ffff:/, "")) ? "ipv6" : "ipv4"));
    if (refused) return done(new Error(`${hostname} is at ${refused.address}, a private address, and not in TRUSTED_CUSTOM_HOSTS`));
    return done(error, address, family);
  });
};

// Bedrock with the task's role: the gateway knows stored keys only, so a marker key is replaced by a signature.
if (GATEWAY_SIGN_BEDROCK) {
  const ask = globalThis.fetch;
  let role;
  const credentials = async () => {
    if (role && Date.parse(role.Expiration) - Date.now() > 300_000) return role;
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, AWS_CONTAINER_CREDENTIALS_FULL_URI: full } = process.env;
    const answer = await ask(full ?? `http://169.254.170.2${relative}`);
    if (!answer.ok) throw new Error(`the task role's credentials cannot be had: ${answer.status}`);
    role = await answer.json();
    return role;
  };
  globalThis.fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers);
    if (headers.get("authorization") !== `Bearer ${GATEWAY_SIGN_BEDROCK}`) return ask(input, init);
    const url = new URL(input);
    const region = /\.([a-z]{2}[a-z0-9-]+-\d)\./.exec(url.hostname)?.[1] ?? process.env.AWS_REGION;
    const { AccessKeyId, SecretAccessKey, Token } = await credentials();
    const require = createRequire(resolve(process.argv[1]));
    const { SignatureV4 } = require("@smithy/signature-v4");
    const { Sha256 } = require("@aws-crypto/sha256-js");
    const signer = new SignatureV4({ service: "bedrock", region, sha256: Sha256,
      credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } });
    const signed = await signer.sign({
      method: init.method ?? "GET", protocol: url.protocol, hostname: url.hostname, path: url.pathname,
      query: Object.fromEntries(url.searchParams), body: init.body,
      headers: { host: url.host, "content-type": headers.get("content-type") ?? "application/json" },
    });
    return ask(input, { ...init, headers: signed.headers });
  };
}
// In a stack trace the name stands instead of the whole text.
//# sourceURL=gateway_preload.mjs
