// Loaded before the gateway's own code where there is no network of its own: it gives each name a public address and leads
// connections to that name to a port of loopback. The gateway's rules see the public address.
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
  // An address by itself, that of the task's credentials, needs no lookup.
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
