// Addresses that belong to one caller.

import { isIPv6 } from "node:net";

/** IPv4 as it is; of IPv6 the first 64 bits, since one subscriber has all that follow. */
export function addressGroupOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain;
  // Written out by the parser of addresses: lower case, no leading zeros, zeros as "::".
  const host = new URL(`http://[${plain}]`).hostname.slice(1, -1);
  const [head = "", tail] = host.split("::");
  const first = head.split(":").filter((group) => group !== "");
  const last = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  return [...first, ...(tail === undefined ? [] : [...zeros, ...last])].slice(0, 4).join(":");
}
