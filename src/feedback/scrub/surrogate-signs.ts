// How a surrogate is known again, so that a text that was scrubbed comes back as it is.

import { luhnSum } from "./checksums.ts";
import type { PiiKind } from "./kinds.ts";
import { CARD_SURROGATE_SUM, CERTAIN, STEMS, surrogateFor } from "./surrogates.ts";

const ANY_STEM = new RegExp(`[${STEMS}]`, "g");

/**
 * Whether a find is a surrogate. Detectors find surrogates like originals, which keeps the text
 * around them the same for the detectors that look later; they are not replaced again.
 */
export function isSurrogate(kind: PiiKind, shape: string): boolean {
  const isPartOfSecret = MAY_BE_PART_OF_SECRET.has(kind) && isSecretSurrogate(shape);
  return isPartOfSecret || IS_SURROGATE[kind](shape);
}

/** With a blank marker for a boundary, part of a secret may look like one of these. */
const MAY_BE_PART_OF_SECRET: ReadonlySet<PiiKind> = new Set<PiiKind>([
  "credit-code",
  "identity-number",
  "bank-card",
  "landline",
]);

function isSecretSurrogate(shape: string): boolean {
  return !/[A-Wa-w2-9]/.test(shape);
}

const IS_SURROGATE: Readonly<Record<PiiKind, (shape: string) => boolean>> = {
  term: isUnchanged,
  email: (shape) => RESERVED_DOMAIN.test(shape),
  secret: isSecretSurrogate,
  "ip-address": (shape) => (shape.includes(":") ? isReservedIpv6(shape) : isReservedIpv4(shape)),
  "credit-code": (shape) => /^[0X][0-9A-Z]0{6}/i.test(compact(shape)),
  "identity-number": isNumberSurrogate,
  "bank-card": (shape) => isCardSurrogate(compact(shape)),
  mobile: (shape) => shape.startsWith("一一五零") || isNumberSurrogate(shape),
  landline: (shape) => /^0\d{6,7}$/.test(compact(shape)) || isNumberSurrogate(shape),
  "travel-document": (shape) => /^(?:I|00)/i.test(shape),
  "licence-plate": (shape) => /^. ?I/i.test(shape),
  address: isUnchanged,
  name: isUnchanged,
};

/** Replacing it would change no more than the sign that tells originals apart. */
function isUnchanged(shape: string): boolean {
  const plain = (text: string): string =>
    text
      .replaceAll(ANY_STEM, CERTAIN)
      .replaceAll(/[X-Z]/g, "X")
      .replaceAll(/[x-z]/g, "x")
      .replaceAll("1", "0");
  const made = /[a-z0-9]/i.test(shape) && !/\p{Script=Han}/u.test(shape) ? "term" : "address";
  return plain(surrogateFor(made, shape, 0)) === plain(shape);
}

function isNumberSurrogate(shape: string): boolean {
  const plus = shape.startsWith("+") ? "+" : "";
  return numberSurrogateKind(plus + compact(shape)) !== undefined;
}

/** The kind of number that digits (X at the end, + before a country code) are a surrogate of. */
export function numberSurrogateKind(digits: string): PiiKind | undefined {
  if (/^\+999\d{6,12}$/.test(digits)) return "landline";
  if (/^00\d{4}(?:19)?\d\d0000\d{3}[\dX]?$/i.test(digits) && /^.{15}(?:...)?$/.test(digits)) {
    return "identity-number";
  }
  if (digits.length >= 16 && isCardSurrogate(digits)) return "bank-card";
  if (/^\+?(?:00)?(?:86)?0?1150\d{7}$/.test(digits)) return "mobile";
  return /^011(?:0|10)\d{6,7}$/.test(digits) ? "landline" : undefined;
}

function isCardSurrogate(digits: string): boolean {
  return /^0000\d{8,15}$/.test(digits) && luhnSum(digits) % 10 === CARD_SURROGATE_SUM;
}

function compact(shape: string): string {
  return shape.replaceAll(/[^0-9A-Za-z]/g, "");
}

/** RFC 2606 and 6761; xx is a user-assigned element of ISO 3166-1, never delegated. */
const RESERVED_DOMAIN = /[@.](?:example\.(?:com|net|org)|test|example|invalid|localhost|xx)$/i;

/** This network and loopback (RFC 1122), documentation (RFC 5737), class E (RFC 1112). */
function isReservedIpv4(address: string): boolean {
  const [a = 0] = address.split(".").map(Number);
  return (
    a === 0 || a === 127 || a >= 240 || /^(?:192\.0\.2|198\.51\.100|203\.0\.113)\./.test(address)
  );
}

/** Loopback and ::/8 (RFC 4291), discard-only (RFC 6666), documentation (RFC 3849, 9637). */
function isReservedIpv6(address: string): boolean {
  return /^(?:::|100::|2001:0?db8:|3fff:)/i.test(address);
}
