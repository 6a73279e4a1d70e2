// E-mail and IP addresses.

import type { Detector, Finding } from "./kinds.ts";

/** RFC 5321, 4.5.3.1: the longest local part and domain. */
const LOCAL_MAX = 64;
const DOMAIN_MAX = 255;
const LOCAL = /[A-Za-z0-9._%+'-]/;
const DOMAIN = /[A-Za-z0-9.-]/;

/** Looks from each @ to both sides, so that text without one costs nothing. */
export const detectEmails: Detector = (text) => {
  const findings: Finding[] = [];
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > 0 && at - start < LOCAL_MAX && LOCAL.test(text.charAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && end - at <= DOMAIN_MAX && DOMAIN.test(text.charAt(end))) end++;
    while (end > at && /[.-]/.test(text.charAt(end - 1))) end--;
    while (start < at && /[.'-]/.test(text.charAt(start))) start++;
    const domain = text.slice(at + 1, end);
    const isEmail = start < at && /^[A-Za-z0-9].*\.[A-Za-z]{2,}$/.test(domain);
    const isFree = start >= (findings.at(-1)?.end ?? 0);
    if (isEmail && isFree) {
      findings.push({ kind: "email", start, end });
    }
  }
  return findings;
};

const IPV4 = /(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?!\d|\.\d)/g;
const VERSION_LABEL = /(?:版本号?|version|ver|v|第)[ :：.]{0,2}$/i;
const IPV6 = /(?<![0-9A-Za-z.])[0-9A-Fa-f:]{3,40}(?:\.\d{1,3}){0,3}(?![0-9A-Za-z:])/g;

export const detectIpAddresses: Detector = (text) => {
  const findings: Finding[] = [];
  for (const { 0: run, index: at } of text.matchAll(IPV6)) {
    // A colon before the address belongs to its label.
    const index = /^:[^:]/.test(run) ? at + 1 : at;
    const found = run.slice(index - at);
    if (isIpv6(found)) {
      findings.push({ kind: "ip-address", start: index, end: index + found.length });
    }
  }
  for (const { 0: found, index } of text.matchAll(IPV4)) {
    const octets = found.split(".").map(Number);
    if (octets.some((octet) => octet > 255)) continue;
    if (VERSION_LABEL.test(text.slice(Math.max(0, index - 10), index))) continue;
    if (findings.some((other) => index < other.end && index >= other.start)) continue;
    findings.push({ kind: "ip-address", start: index, end: index + found.length });
  }
  return findings;
};

/** RFC 4291, 2.2: eight groups of up to four hexadecimal digits, one run of zeros as "::". */
function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2 || !/\d/.test(text)) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const isWellFormed = groups.every((group, i) =>
    i === groups.length - 1 && group.includes(".")
      ? /^\d{1,3}(?:\.\d{1,3}){3}$/.test(group)
      : /^[0-9A-Fa-f]{1,4}$/.test(group),
  );
  const count = groups.length + (groups.at(-1)?.includes(".") === true ? 1 : 0);
  return isWellFormed && (halves.length === 2 ? count >= 1 && count <= 7 : count === 8);
}
