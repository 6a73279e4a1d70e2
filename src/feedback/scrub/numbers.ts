// Identity numbers, bank cards, mobile and landline numbers: digits, grouped by anything people put
// between them. Knows the numbering plans, not the words of a sentence beyond a label before it.

import { hasProvince, identityCheck, isBirthDate, passesLuhn } from "./checksums.ts";
import type { Detector, Finding, PiiKind } from "./kinds.ts";
import { numberSurrogateKind } from "./surrogate-signs.ts";

/** Digits with up to three separators between; the two classes share no character, so a match
 *  never backtracks more than three places. An X ends an identity number. */
const RUN = /\d(?:[ \-.()·]{0,3}\d)*(?:[ -]?[Xx](?![A-Za-z0-9]))?/g;
const SEPARATED_DATE = /^(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:[0-2]?\d|3[01])(?!\d)/;
const CHINESE_DIGITS = "〇零一二三四五六七八九幺";
const CHINESE_MOBILE = new RegExp(
  `(?<![${CHINESE_DIGITS}])[一幺](?:[三四五六七八九]|一(?=五零))[${CHINESE_DIGITS}]{9}(?![${CHINESE_DIGITS}])`,
  "g",
);
const DIGITS_MIN = 7;
const DIGITS_MAX = 19;
/** Identity numbers and cards have at least this many digits, phone numbers fewer. */
const LONG = 15;
/** How far a label may stand before its number, in characters. */
const LABEL_REACH = 16;

const IDENTITY_LABEL = /(?:身份证|证件)[^\d]{0,8}$/;
const CARD_LABEL = /(?:卡号|银行卡|储蓄卡|借记卡|信用卡|[账帐]号|[账帐]户)[^\d]{0,6}$/;
const PHONE_LABEL =
  /(?:电话|座机|固话|传真|热线|致电|拨打|tel|phone|fax)(?:号码?)?[是为:,，。. ]{0,4}$/i;

/** All digits of the groups i..j of a run. */
interface Stretch {
  readonly digits: string;
  /** Where each digit stands in the text. */
  readonly places: readonly number[];
  readonly groups: readonly Group[];
  /** The text before the stretch, as far as a label may reach. */
  readonly before: string;
}

interface Group {
  digits: string;
  readonly places: number[];
  /** Whether it is the year of a date whose parts are separated. */
  readonly isDate: boolean;
}

interface Match {
  readonly kind: PiiKind;
  /** Leading digits that stay, such as a country code. */
  readonly skip: number;
}

export const detectNumbers: Detector = (text) => {
  const findings: Finding[] = [];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (run.length >= DIGITS_MIN) findings.push(...findingsOfRun(text, run, index));
  }
  for (const { 0: run, index } of text.matchAll(CHINESE_MOBILE)) {
    findings.push({ kind: "mobile", start: index, end: index + run.length });
  }
  return findings;
};

/** Surrogates first, so that no number is read across one; what is left between them after that.
 *  Only numbers so long that a surrogate could be a part of them go along. */
function findingsOfRun(text: string, run: string, index: number): Finding[] {
  const groups = groupsOf(run, index);
  const made = search(text, groups, (stretch) => {
    return surrogateMatch(stretch) ?? longMatch(stretch);
  });
  const findings = made.map(({ finding }) => finding);
  let first = 0;
  for (const last of [...made, undefined]) {
    const rest = groups.slice(first, last?.first ?? groups.length);
    findings.push(...search(text, rest, matchOf).map(({ finding }) => finding));
    first = (last?.last ?? 0) + 1;
  }
  return findings;
}

interface Found {
  readonly finding: Finding;
  /** The first and last group. */
  readonly first: number;
  readonly last: number;
}

function search(
  text: string,
  groups: readonly Group[],
  match: (stretch: Stretch) => Match | undefined,
): Found[] {
  const found: Found[] = [];
  for (let i = 0; i < groups.length; i++) {
    for (const j of possibleLastGroups(groups, i)) {
      const stretch = stretchOf(text, groups.slice(i, j + 1));
      const { kind, skip } = match(stretch) ?? {};
      if (kind === undefined) continue;
      const start = stretch.places[skip ?? 0] ?? 0;
      const isPlus = kind === "landline" && text[start - 1] === "+";
      const end = (stretch.places.at(-1) ?? 0) + 1;
      found.push({ finding: { kind, start: isPlus ? start - 1 : start, end }, first: i, last: j });
      i = j;
      break;
    }
  }
  return found;
}

function groupsOf(run: string, index: number): Group[] {
  const groups = [...run.matchAll(/\d+/g)].map((match) => ({
    digits: match[0],
    places: Array.from(match[0], (_, k) => index + match.index + k),
    isDate: SEPARATED_DATE.test(run.slice(match.index, match.index + 11)),
  }));
  const last = groups.at(-1);
  if (last !== undefined && /[Xx]$/.test(run)) {
    last.digits += "X";
    last.places.push(index + run.length - 1);
  }
  return groups;
}

/** Where a number that begins with group `first` may end, the farthest first. People write numbers
 *  in groups (138 0013 8000) or every digit by itself, from the first to the last; a list of small
 *  numbers is no number, wherever one begins to read. */
function possibleLastGroups(groups: readonly Group[], first: number): number[] {
  const sizeOf = (index: number): number => groups[index]?.digits.length ?? 0;
  const lasts: number[] = [];
  let count = 0;
  let isSpelled = sizeOf(first - 1) !== 1;
  let isGrouped = false;
  for (let j = first; j < groups.length; j++) {
    count += sizeOf(j);
    if (count > DIGITS_MAX) break;
    isSpelled &&= sizeOf(j) === 1;
    isGrouped ||= sizeOf(j) >= 3;
    const isNumber = j === first || isGrouped || (isSpelled && sizeOf(j + 1) !== 1);
    if (isNumber && count >= DIGITS_MIN) lasts.push(j);
  }
  return lasts.reverse();
}

function stretchOf(text: string, groups: readonly Group[]): Stretch {
  const places = groups.flatMap((group) => group.places);
  const start = places[0] ?? 0;
  return {
    digits: groups.map((group) => group.digits).join(""),
    places,
    groups,
    before: text.slice(Math.max(0, start - LABEL_REACH), start),
  };
}

function surrogateMatch({ digits, before }: Stretch): Match | undefined {
  const kind = numberSurrogateKind(before.endsWith("+") ? `+${digits}` : digits);
  if (kind === undefined) return undefined;
  return { kind, skip: kind === "mobile" ? digits.length - 11 : 0 };
}

function longMatch(stretch: Stretch): Match | undefined {
  return stretch.digits.length >= LONG ? matchOf(stretch) : undefined;
}

function matchOf(stretch: Stretch): Match | undefined {
  const { digits, groups } = stretch;
  if (isIdentityNumber(stretch)) return { kind: "identity-number", skip: 0 };
  if (digits.endsWith("X") || groups.slice(0, -1).some((group) => group.isDate)) return undefined;
  if (isBankCard(stretch)) return { kind: "bank-card", skip: 0 };
  const mobile = /^(?:00)?(?:86)?0?1[3-9]\d{9}$/.test(digits);
  if (mobile) return { kind: "mobile", skip: digits.length - 11 };
  return isLandline(stretch) ? { kind: "landline", skip: 0 } : undefined;
}

/** GB 11643-1999: division code, birth date, order, check character; before 1999 without century
 *  and check character. Numbers of foreign permanent residents begin with 9 (2023). A wrong check
 *  character is a slip of the pen, so division and date are enough. */
function isIdentityNumber({ digits, before }: Stretch): boolean {
  if (digits.length === 15) {
    const isDated = hasProvince(digits) && isBirthDate(`19${digits.slice(6, 12)}`);
    return !digits.endsWith("X") && (isDated || IDENTITY_LABEL.test(before));
  }
  if (digits.length !== 18) return false;
  if (IDENTITY_LABEL.test(before)) return true;
  const isDated = isBirthDate(digits.slice(6, 14));
  if (isDated && hasProvince(digits)) return true;
  return isDated && digits.startsWith("9") && identityCheck(digits.slice(0, 17)) === digits[17];
}

/** ISO/IEC 7812: issuers of payment cards have 3-6 (and UnionPay 9) as their first digit. */
function isBankCard({ digits, groups, before }: Stretch): boolean {
  if (digits.length >= 12 && CARD_LABEL.test(before)) return true;
  const isCardLength = digits.length >= 16 || (digits.length >= 14 && /^3[04-8]/.test(digits));
  if (!isCardLength || !/^[3-69]/.test(digits) || !passesLuhn(digits)) return false;
  const sizes = groups.slice(0, -1).map((group) => group.digits.length);
  return sizes.every((size) => size >= 4) || sizes.every((size) => size === sizes[0]);
}

/** YD/T 1170 area codes 010, 02x, 0310-0999 and a local number that begins with 2-9; E.164 numbers
 *  behind a plus sign; local numbers alone only behind a label. */
function isLandline({ digits, groups, before }: Stretch): boolean {
  if (before.endsWith("+")) return digits.length >= 9 && digits.length <= 15;
  if (/^0(?:10|2\d|[3-9]\d\d)[2-9]\d{6,7}$/.test(digits)) {
    return digits.length >= 10 && !/\d\.$/.test(before) && groups[0]?.digits !== "0";
  }
  const isLocal = digits.length <= 8 && /^[2-9]/.test(digits);
  return isLocal && PHONE_LABEL.test(before);
}
