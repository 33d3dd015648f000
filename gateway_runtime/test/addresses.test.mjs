import assert from "node:assert/strict";
import { test } from "node:test";
import { canonical, isLinkLocal, isPublic } from "../src/addresses.mjs";

test("an IPv4-mapped IPv6 address is checked as the IPv4 address", () => {
  for (const [given, expected] of [
    ["::ffff:127.0.0.1", "127.0.0.1"], ["::ffff:7f00:1", "127.0.0.1"], ["0:0:0:0:0:ffff:a9fe:aa02", "169.254.170.2"],
    ["[::1]", "::1"], ["fe80::1%eth0", "fe80::1"],
  ]) assert.equal(canonical(given), expected);
});

test("public addresses are public, and everything in the special-purpose registries is not", () => {
  for (const one of ["93.184.215.14", "8.8.8.8", "2606:4700::1", "::ffff:8.8.8.8"]) assert.equal(isPublic(one), true, one);
  for (const one of [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.170.2", "172.16.0.1", "192.0.2.1", "192.168.0.1",
    "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "255.255.255.255", "::", "::1", "fc00::1", "fe80::1",
    "ff02::1", "2001:db8::1", "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:10.0.0.1", "not an address",
  ]) assert.equal(isPublic(one), false, one);
});

test("link-local addresses are recognized in every spelling", () => {
  for (const one of ["169.254.170.2", "::ffff:a9fe:a9fe", "fe80::1", "fd00:ec2::254"]) assert.equal(isLinkLocal(one), true, one);
  assert.equal(isLinkLocal("10.0.0.1"), false);
});
