// Decides about each outgoing connection when it is made, on the address that the kernel will connect to.
import dns from "node:dns";
import net from "node:net";
import { canonical, isLinkLocal, isPublic } from "./addresses.mjs";

// Carried in a connection's options; spread copies it, and no caller can name it.
export const PURPOSE = Symbol("gateway.purpose");

export class RefusedConnection extends Error {
  constructor(host) {
    super(`a connection to ${host} is refused: its address is not public`);
    this.name = "RefusedConnection";
    this.code = "ERR_GATEWAY_REFUSED_ADDRESS";
  }
}

// What a purpose may reach apart from public addresses. `opened` has hosts in lower case as URL.hostname spells them.
export function makePolicy(settings, opened) {
  const trusted = new Set([...settings.trusted_hosts, ...opened]);
  const collector = settings.collector;
  return (purpose, host, port, address, encrypted) => {
    const plain = canonical(address);
    if (purpose?.kind === "credentials") return plain === "169.254.170.2" && port === 80;
    if (isLinkLocal(plain)) return false;
    // The store of rate limits, which has private addresses; TLS proves the name.
    if (purpose?.kind === "valkey") return encrypted && purpose.host === host && purpose.port === port && !plain.startsWith("127.");
    if (isPublic(plain)) return true;
    // AWS's regional endpoint of a target, which a VPC endpoint gives private addresses; TLS proves the name.
    if (purpose?.kind === "aws") return purpose.host === host && port === 443 && !plain.startsWith("127.");
    if (purpose?.kind === "provider") return trusted.has(host);
    // The telemetry exporter is the only other code that connects, and to nothing else.
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
  // Names in every other spelling (octal, decimal, a search domain) are decided on what they resolve to.
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
      // TLS sockets say so before they connect.
      safe = checked(policy, options, this.encrypted === true);
    } catch (error) {
      process.nextTick(() => this.destroy(error));
      return this;
    }
    return connect.call(this, safe, ...(callback ? [callback] : []));
  };
}
