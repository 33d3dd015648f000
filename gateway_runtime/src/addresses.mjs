// Which addresses are public: none in IANA's special-purpose registries, and no multicast address.
import { BlockList, isIP } from "node:net";

const SPECIAL_IPV4 = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
  "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
  "224.0.0.0/4", "240.0.0.0/4",
];
// Public IPv6 is 2000::/3, without the ranges listed here, which contain an IPv4 address or are reserved.
const GLOBAL_IPV6 = "2000::/3";
const SPECIAL_IPV6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];

function blockList(networks, family) {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

const special4 = blockList(SPECIAL_IPV4, "ipv4");
const special6 = blockList(SPECIAL_IPV6, "ipv6");
const global6 = blockList([GLOBAL_IPV6], "ipv6");

// The address without zone and brackets; an IPv4-mapped one as IPv4, since the kernel connects to that.
export function canonical(address) {
  const bare = address.replace(/^\[|\]$/g, "").split("%")[0];
  if (isIP(bare) !== 6) return bare;
  const compressed = new URL(`http://[${bare}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (!mapped) return compressed;
  const [high, low] = [parseInt(mapped[1], 16), parseInt(mapped[2], 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

export function isPublic(address) {
  const plain = canonical(address);
  const family = isIP(plain);
  if (family === 4) return !special4.check(plain, "ipv4");
  return family === 6 && global6.check(plain, "ipv6") && !special6.check(plain, "ipv6");
}

// The task's credentials and metadata are on link-local addresses; no setting allows these.
export function isLinkLocal(address) {
  const plain = canonical(address);
  return plain.startsWith("169.254.") || /^fe[89ab]/.test(plain) || plain === "fd00:ec2::254" || plain === "fd00:ec2::23";
}
