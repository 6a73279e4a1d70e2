// Which addresses a program on this machine may be sent to by somebody's configuration: those of
// the internet, and none of this machine, its network or its cloud (SSRF).
// https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry

import { BlockList, isIP, isIPv4 } from "node:net";

const IPV4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];
/** Of IPv6, what lies outside is not given out, and some of what lies inside leads elsewhere. */
const IPV6_GLOBAL = ["2000::", 3] as const;
const IPV6: readonly (readonly [string, number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const special = new BlockList();
for (const [net, prefix] of IPV4) special.addSubnet(net, prefix, "ipv4");
for (const [net, prefix] of IPV6) special.addSubnet(net, prefix, "ipv6");
const global = new BlockList();
global.addSubnet(...IPV6_GLOBAL, "ipv6");

/** Whether an IP address is one of the internet. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  if (isIPv4(address)) return !special.check(address, "ipv4");
  return global.check(address, "ipv6") && !special.check(address, "ipv6");
}
