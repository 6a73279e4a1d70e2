// Unified social credit codes, licence plates and travel documents: letters and digits in a fixed
// order.

import { creditCheck, hasProvince } from "./checksums.ts";
import type { Detector, Finding } from "./kinds.ts";
import { isSurrogate } from "./surrogate-signs.ts";

const WORD = /[0-9A-Za-z]+(?:[ -][0-9A-Za-z]+){0,4}/g;
const CREDIT_SHAPE = /^[1-9A-HJ-NP-RT-UW-Y][0-9A-HJ-NP-RT-UW-Y]\d{6}[0-9A-HJ-NP-RT-UW-Y]{10}$/;
const CREDIT_LABEL = /(?:信用代码|税号|纳税人识别号|纳税识别号)[^0-9A-Za-z]{0,6}$/;
const CREDIT_LENGTH = 18;
const LABEL_REACH = 16;

/** GB 32100-2015: registering department, category, division code, organisation, check. */
export const detectCreditCodes: Detector = (text) => {
  const findings: Finding[] = [];
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (word.length < CREDIT_LENGTH) continue;
    const parts = [...word.matchAll(/[0-9A-Za-z]+/g)];
    for (let i = 0; i < parts.length; i++) {
      const last = codeEnd(text, parts, i, index);
      if (last === undefined) continue;
      const end = parts[last];
      const start = parts[i]?.index ?? 0;
      findings.push({
        kind: "credit-code",
        start: index + start,
        end: index + (end?.index ?? 0) + (end?.[0].length ?? 0),
      });
      i = last;
    }
  }
  return findings;
};

/** The part that ends a code which begins with part `first`. */
function codeEnd(
  text: string,
  parts: readonly RegExpExecArray[],
  first: number,
  index: number,
): number | undefined {
  let code = "";
  for (let j = first; j < parts.length && code.length < CREDIT_LENGTH; j++) {
    code += parts[j]?.[0].toUpperCase() ?? "";
    if (code.length !== CREDIT_LENGTH) continue;
    const at = index + (parts[first]?.index ?? 0);
    return isCreditCode(code, text.slice(Math.max(0, at - LABEL_REACH), at)) ? j : undefined;
  }
  return undefined;
}

function isCreditCode(code: string, before: string): boolean {
  if (isSurrogate("credit-code", code)) return true;
  if (!CREDIT_SHAPE.test(code)) return false;
  if (CREDIT_LABEL.test(before)) return true;
  // 100000 is the division of codes that the ministries give out.
  const hasDivision = hasProvince(code.slice(2)) || code.slice(2, 8) === "100000";
  return hasDivision && creditCheck(code.slice(0, 17)) === code[17];
}

/** GA 36-2018: province, office, five characters, six for new-energy vehicles. */
const PLATE = new RegExp(
  String.raw`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][ ]?` +
    String.raw`[A-Za-z][ ·.-]{0,2}(?:[A-HJ-NP-Za-hj-np-z0-9]{6}|` +
    String.raw`[A-HJ-NP-Za-hj-np-z0-9]{5}|` +
    String.raw`[A-HJ-NP-Za-hj-np-z0-9]{4}[挂学警港澳试超领使])(?![A-Za-z0-9])`,
  "g",
);

export const detectPlates: Detector = (text) =>
  [...text.matchAll(PLATE)]
    .filter(({ 0: plate }) => /\d/.test(plate))
    .map(({ 0: plate, index }) => ({
      kind: "licence-plate",
      start: index,
      end: index + plate.length,
    }));

/** Chinese passports (E, EA…, G, D, S, P, K), Hong Kong and Macau ones (H, K, M), permits for Hong
 *  Kong, Macau (C, CA…, W) and Taiwan (T, L), home-return permits (H, M and 8 or 10 digits). */
const DOCUMENT = new RegExp(
  String.raw`(?<![A-Za-z0-9])(?:(?:[CEI][A-NP-Z]\d{7}|[HIM]\d{10}|` +
    String.raw`[CDEGHIKLMPSTW]\d{8})(?![A-Z0-9])|(?:[CEI][A-NP-Z][ -]\d{7}|[HIM][ -]\d{10}|` +
    String.raw`[CDEGHIKLMPSTW](?:[ -]\d{8}|[ -]?\d{4}[ -]\d{4}))(?![A-Z0-9]|[ -]\d))`,
  "gi",
);
const LABELLED_DOCUMENT = new RegExp(
  String.raw`(?:护照|通行证|回乡证|台胞证|passport)(?:号码?|` +
    String.raw`证?号)?[是为:：号码no. ]{0,5}([A-Za-z]{0,2}\d{6,10})(?![A-Za-z0-9])`,
  "gi",
);

export const detectTravelDocuments: Detector = (text) => {
  const labelled = [...text.matchAll(LABELLED_DOCUMENT)].map((match): Finding => {
    const code = match[1] ?? "";
    const end = match.index + match[0].length;
    return { kind: "travel-document", start: end - code.length, end };
  });
  const starts = new Set(labelled.map(({ start }) => start));
  const shaped = [...text.matchAll(DOCUMENT)]
    .filter(({ index }) => !starts.has(index))
    .map(({ 0: code, index }): Finding => {
      return { kind: "travel-document", start: index, end: index + code.length };
    });
  return [...labelled, ...shaped];
};
