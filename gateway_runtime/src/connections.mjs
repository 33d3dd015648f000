// Allows or refuses each outgoing connection, by the address that the kernel will connect to.
import dns from "node:dns";
import net from "node:net";
import { canonical, isLinkLocal, isPublic } from "./addresses.mjs";

// The key of the purpose in a connection's options. A symbol: spread copies it, and no caller can set it.
export const PURPOSE = Symbol("gateway.purpose");

export class RefusedConnection extends Error {
  constructor(host) {
    super(`a connection to ${host} is refused: its address is not public`);
    this.name = "RefusedConnection";
    this.code = "ERR_GATEWAY_REFUSED_ADDRESS";
  }
}

// What a purpose may reach in addition to public addresses. `opened` has hosts in lower case, as in URL.hostname.
export function makePolicy(settings, opened) {
  const trusted = new Set([...settings.trusted_hosts, ...opened]);
  const collector = settings.collector;
  return (purpose, host, port, address, encrypted) => {
    const plain = canonical(address);
    if (purpose?.kind === "credentials") return plain === "169.254.170.2" && port === 80;
    if (isLinkLocal(plain)) return false;
    // Valkey, the store of rate limits, has private addresses; TLS verifies its name.
    if (purpose?.kind === "valkey") return encrypted && purpose.host === host && purpose.port === port && !plain.startsWith("127.");
    if (isPublic(plain)) return true;
    // The regional AWS endpoint of a target has private addresses with a VPC endpoint; TLS verifies its name.
    if (purpose?.kind === "aws") return purpose.host === host && port === 443 && !plain.startsWith("127.");
    if (purpose?.kind === "provider") return trusted.has(host);
    // The only other code that connects is the telemetry exporter, and only to the collector.
    return collector !== null && collector === `${plain}:${port}`;
  };
}

function checked(policy, options, encrypted) {
  const { host = "localhost", port, lookup = dns.lookup } = options;
  const purpose = options[PURPOSE];
  const name = String(host).toLowerCase().replace(/^\[|\]$/g, "");
  if (net.isIP(name)) {
    if (!policy(purpose, name, Number(port), name, encrypted)) throw new RefusedConnection(name);
    return options;
  }
  // A name in any other spelling (octal, decimal, a search domain) is checked by what it resolves to.
  const guarded = (hostname, lookupOptions, callback) => {
    const done = callback ?? lookupOptions;
    lookup(hostname, { ...(callback ? lookupOptions : {}), all: true }, (error, found) => {
      if (error) return done(error);
      if (found.some(({ address }) => !policy(purpose, name, Number(port), address, encrypted))) {
        return done(new RefusedConnection(name));
      }
      const wantsAll = callback && lookupOptions.all;
      return wantsAll ? done(null, found) : done(null, found[0]?.address, found[0]?.family);
    });
  };
  return { ...options, lookup: guarded };
}

// Every TCP and TLS client in Node connects through this method: http, https, undici's fetch, ws, ioredis.
export function guardConnections(policy) {
  const connect = net.Socket.prototype.connect;
  net.Socket.prototype.connect = function (...args) {
    const normalized = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args);
    const [options, callback] = normalized;
    let safe;
    try {
      if (options.path) throw new RefusedConnection("a local socket");
      // TLS sockets call this before they connect.
      safe = checked(policy, options, this.encrypted === true);
    } catch (error) {
      process.nextTick(() => this.destroy(error));
      return this;
    }
    return connect.call(this, safe, ...(callback ? [callback] : []));
  };
}
