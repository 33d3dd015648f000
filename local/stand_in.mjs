// Loaded before the gateway's own code, where it has no network namespace: resolves each host name of the stand-in to a public
// address, which the gateway's checks accept, and connects to a local port instead.
import dns from "node:dns";
import net from "node:net";
import { syncBuiltinESMExports } from "node:module";

const { address, hosts } = JSON.parse(process.env.STAND_IN);
delete process.env.STAND_IN;
const ports = new Map(Object.entries(hosts));

const lookup = dns.lookup;
dns.lookup = function (hostname, options, callback) {
  const done = callback ?? options;
  if (!ports.has(hostname)) return lookup.call(this, hostname, ...[options, callback].filter((one) => one !== undefined));
  const found = [{ address, family: 4 }];
  return process.nextTick(() => (callback && options.all ? done(null, found) : done(null, address, 4)));
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [options, callback] = Array.isArray(args[0]) ? args[0] : net._normalizeArgs(args);
  const port = ports.get(options.host);
  if (port === undefined) return connect.apply(this, args);
  const rest = callback ? [callback] : [];
  // An IP address, as that of the credentials endpoint, needs no lookup.
  if (net.isIP(options.host)) return connect.call(this, { ...options, host: "127.0.0.1", port }, ...rest);
  const inner = options.lookup ?? dns.lookup;
  const led = (hostname, lookupOptions, done) =>
    inner(hostname, lookupOptions, (error, found, family) => {
      if (error) return done(error);
      const local = (one) => (one === address ? "127.0.0.1" : one);
      if (!Array.isArray(found)) return done(null, local(found), family);
      return done(null, found.map((one) => ({ ...one, address: local(one.address) })));
    });
  return connect.call(this, { ...options, port, lookup: led }, ...rest);
};
syncBuiltinESMExports();
