// What stands in for personal data: as long, of the same shape, and nobody's. A surrogate is made
// from the shape and an ordinal only, never from the value: eleven digits computed from a phone
// number could be turned back by trying all of them.

import { createRandom, type Random } from "../../base/index.ts";
import { CREDIT_ALPHABET, creditCheck, identityCheck, luhnSum } from "./checksums.ts";
import { PII_KINDS, type PiiKind } from "./kinds.ts";

/** Signs for "a certain": 某甲, 某乙. Those that are also surnames (丁, 辛) are left out. */
export const CERTAIN = "某";
export const STEMS = "甲乙丙戊己庚壬癸寅卯辰巳酉戌亥";
const CHINESE_DIGITS = "零一二三四五六七八九";
const PLATE_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁苏浙赣鄂桂甘晋蒙陕吉闽贵粤青川宁琼";
const ADDRESS_STEP = new RegExp(
  String.raw`自治区|自治州|省|市|区|县|旗|镇|乡|街道|大街|大道|胡同|公路|小区|社区|花园|花苑|公寓|大厦|新村|家园|山庄|庄园|广场|宿舍|号楼|` +
    String.raw`号院|单元|[路街道巷弄段村庄屯寨苑园城府湾庭院里坊轩号栋幢座室户层楼门组队期]`,
  "g",
);

/** The surrogate for `shape`, the text to be replaced; `ordinal` tells originals apart. */
export function surrogateFor(kind: PiiKind, shape: string, ordinal: number): string {
  // Far apart, so that no two kinds share a stream.
  const random = createRandom(PII_KINDS.indexOf(kind) * 1_000_003 + ordinal);
  return MAKERS[kind](shape, ordinal, random);
}

type Maker = (shape: string, ordinal: number, random: Random) => string;

const MAKERS: Readonly<Record<PiiKind, Maker>> = {
  term: (shape, ordinal, random) =>
    /[a-z0-9]/i.test(shape) ? lettersOf(shape, random) : hanOf(shape, ordinal),
  email: emailOf,
  secret: (shape, _, random) => lettersOf(shape, random),
  "ip-address": (shape, _, random) => ipOf(shape, random),
  "credit-code": creditCodeOf,
  "identity-number": identityNumberOf,
  "bank-card": bankCardOf,
  mobile: mobileOf,
  landline: landlineOf,
  "travel-document": (shape, _, random) => travelDocumentOf(shape, random),
  "licence-plate": plateOf,
  address: addressOf,
  name: nameOf,
};

/** Writes digits (and X) over those of a shape, leaving what stands between. */
function overDigits(shape: string, digits: string): string {
  let next = 0;
  return shape.replaceAll(/[\dXx]/g, (old) => digits[next++] ?? old);
}

function countDigits(shape: string): number {
  return shape.match(/[\dXx]/g)?.length ?? 0;
}

function digitsOf(random: Random, count: number): string {
  return Array.from({ length: count }, () => random.integer(10)).join("");
}

/** Letters become x, y, z, digits 0 and 1; a detector knows a surrogate by this alphabet. */
function lettersOf(shape: string, random: Random): string {
  return shape
    .replaceAll(/[A-Z]/g, () => "XYZ".charAt(random.integer(3)))
    .replaceAll(/[a-z]/g, () => "xyz".charAt(random.integer(3)))
    .replaceAll(/\d/g, () => String(random.integer(2)))
    .replaceAll(/[\u4e00-\u9fff]/g, CERTAIN);
}

/** 某…甲: the last places tell originals apart, in base 15. */
function hanOf(shape: string, ordinal: number): string {
  const signs = [...shape].map((character) =>
    /[\p{L}\ue000]/u.test(character) ? CERTAIN : character,
  );
  let rest = ordinal + 1;
  for (let i = signs.length - 1; i > 0 && rest > 0; i--) {
    if (signs[i] !== CERTAIN) continue;
    signs[i] = STEMS.charAt((rest - 1) % STEMS.length);
    rest = Math.floor((rest - 1) / STEMS.length);
  }
  return signs.join("");
}

/** A Latin name becomes Xxxx Xxx, in letters that no name consists of. */
function nameOf(shape: string, ordinal: number): string {
  if (!/[A-Za-z]/.test(shape)) return hanOf(shape, ordinal);
  return shape.replaceAll(/[A-Z]/g, "X").replaceAll(/[a-z]/g, "x");
}

/** Steps (省 市 区 路 号) stay, names become 某, the first of the last name a stem, numbers zero. */
function addressOf(shape: string, ordinal: number): string {
  const isStep = new Set<number>();
  for (const { 0: step, index } of shape.matchAll(ADDRESS_STEP)) {
    // A step without a name before it is itself part of a name: 市南区, 路桥.
    if (index === 0) continue;
    for (let i = 0; i < step.length; i++) isStep.add(index + i);
  }
  const signs = shape.split("").map((sign, i) => {
    if (isStep.has(i)) return sign;
    if (/\d/.test(sign)) return "0";
    if (/[A-Z]/.test(sign)) return "X";
    if (/[a-z]/.test(sign)) return "x";
    return /[\p{L}\ue000]/u.test(sign) ? CERTAIN : sign;
  });
  const marked = signs.lastIndexOf(CERTAIN);
  if (marked >= 0) signs[marked] = STEMS.charAt(ordinal % STEMS.length);
  return signs.join("");
}

/** Division code 00…, born in month 00 on day 00, with a wrong check character. */
function identityNumberOf(shape: string, _: number, random: Random): string {
  const count = countDigits(shape);
  if (count === 15) {
    return overDigits(
      shape,
      `00${digitsOf(random, 4)}${digitsOf(random, 2)}0000${digitsOf(random, 3)}`,
    );
  }
  const body = `00${digitsOf(random, 4)}19${digitsOf(random, 2)}0000${digitsOf(random, 3)}`;
  const check = identityCheck(body);
  const wrong = /[Xx]$/.test(shape)
    ? shape.slice(-1)
    : String((Number.parseInt(check) + 1 || 1) % 10);
  return overDigits(shape, body + wrong);
}

/** The Luhn sum (mod 10) of a card's surrogate; that of a card is 0. */
export const CARD_SURROGATE_SUM = 5;

/** ISO/IEC 7812 gives 0000 to nobody's cards; the Luhn sum is wrong as well. */
function bankCardOf(shape: string, _: number, random: Random): string {
  const body = `0000${digitsOf(random, countDigits(shape) - 5)}`;
  // The last digit counts once, so it sets the sum.
  const last = (CARD_SURROGATE_SUM + 10 - (luhnSum(`${body}0`) % 10)) % 10;
  return overDigits(shape, body + String(last));
}

/** Mobile numbers begin with 13 to 19; 115 is no service number either. */
function mobileOf(shape: string, _: number, random: Random): string {
  const digits = `1150${digitsOf(random, 7)}`;
  if (/\d/.test(shape)) return overDigits(shape, digits);
  return [...digits].map((digit) => CHINESE_DIGITS.charAt(Number(digit))).join("");
}

/** Area codes 011 and 0111 do not exist and no local number begins with 0; country code 999. */
function landlineOf(shape: string, _: number, random: Random): string {
  const count = countDigits(shape);
  if (shape.startsWith("+")) return overDigits(shape, `999${digitsOf(random, count - 3)}`);
  const old = shape.replaceAll(/\D/g, "");
  const area = count <= 8 ? "" : /^0[12]/.test(old) ? "011" : "0111";
  return overDigits(shape, `${area}0${digitsOf(random, count - area.length - 1)}`);
}

/** No department registers under 0, no division is 000000, and the check character is wrong. */
function creditCodeOf(shape: string, _: number, random: Random): string {
  const letters = CREDIT_ALPHABET.slice(10);
  const old = shape.replaceAll(/[^0-9A-Za-z]/g, "");
  const signs = [...old].map((sign, i) => {
    if (i >= 2 && i < 8) return "0";
    if (i === 0) return /\d/.test(sign) ? "0" : "X";
    return /\d/.test(sign) ? String(random.integer(10)) : letters.charAt(random.integer(21));
  });
  if (creditCheck(signs.slice(0, 17).join("")) === signs[17]) {
    signs[17] = /\d/.test(signs[17])
      ? String((Number(signs[17]) + 1) % 10)
      : signs[17] === "A"
        ? "B"
        : "A";
  }
  let next = 0;
  return shape.replaceAll(/[0-9A-Za-z]/g, (sign) => {
    const made = signs[next++] ?? sign;
    return /[a-z]/.test(sign) ? made.toLowerCase() : made;
  });
}

/** No Chinese document has a series I. */
function travelDocumentOf(shape: string, random: Random): string {
  if (!/[A-Za-z]/.test(shape))
    return overDigits(shape, `00${digitsOf(random, countDigits(shape) - 2)}`);
  return shape
    .replaceAll(/[A-Z]/g, "I")
    .replaceAll(/[a-z]/g, "i")
    .replaceAll(/\d/g, () => String(random.integer(10)));
}

/** No office has the letter I (GA 36-2018). */
function plateOf(shape: string, _: number, random: Random): string {
  const province = PLATE_PROVINCES.charAt(random.integer(PLATE_PROVINCES.length));
  const serial = shape
    .slice(1)
    .replaceAll(/\d/g, () => String(random.integer(10)))
    .replaceAll(/[A-Z]/g, () => "ABCDEFGHJK".charAt(random.integer(10)))
    .replaceAll(/[a-z]/g, () => "abcdefghjk".charAt(random.integer(10)))
    .replace(/[A-Z]/, "I")
    .replace(/^( ?)[a-z]/, "$1i");
  return province + serial;
}

/** A domain nobody can have: example.com, a name under .test (RFC 2606), or .xx where five
 *  characters are too few for either. */
function emailOf(shape: string, _: number, random: Random): string {
  const at = shape.indexOf("@");
  const local = lettersOf(shape.slice(0, at), random);
  const length = shape.length - at - 1;
  const letters = (count: number): string => lettersOf("a".repeat(count), random);
  if (length === 11) return `${local}@example.com`;
  if (length >= 13) return `${local}@${letters(length - 12)}.example.com`;
  return `${local}@${length >= 6 ? `${letters(length - 5)}.test` : `${letters(length - 3)}.xx`}`;
}

/** Documentation ranges where they are short enough (RFC 5737), else addresses no host may have. */
function ipOf(shape: string, random: Random): string {
  if (shape.includes(":")) return ipv6Of(shape.length, random);
  const octet = (length: number): string =>
    String(
      length === 1
        ? 1 + random.integer(9)
        : length === 2
          ? 10 + random.integer(90)
          : 100 + random.integer(150),
    );
  const { length } = shape;
  if (length <= 8) return `0.0.0.${octet(length - 6)}`;
  if (length <= 11) return `192.0.2.${octet(length - 8)}`;
  if (length <= 14) return `198.51.100.${octet(length - 11)}`;
  return `240.${octet(3)}.${octet(3)}.${octet(3)}`;
}

/** 2001:db8::/32 is for documentation (RFC 3849); 100::/64 discards (RFC 6666); ::/8 is
 *  reserved. */
function ipv6Of(length: number, random: Random): string {
  if (length <= 5) return `::${groups(length - 2, random)}`;
  if (length <= 9) return `100::${groups(length - 5, random)}`;
  if (length <= 34) return `2001:db8::${groups(length - 10, random)}`;
  return `2001:0db8:${groups(length - 10, random)}`;
}

/** `length` characters of hexadecimal groups with colons between, as even as they can be. */
function groups(length: number, random: Random): string {
  const count = Math.ceil((length + 1) / 5);
  const digits = length - (count - 1);
  // The first is a digit: an address of letters alone would look like a word.
  return Array.from({ length: count }, (_, i) => {
    const size = Math.floor((digits * (i + 1)) / count) - Math.floor((digits * i) / count);
    return Array.from({ length: size }, (_unused, k) =>
      "123456789abcdef".charAt(random.integer(i === 0 && k === 0 ? 9 : 15)),
    ).join("");
  }).join(":");
}
