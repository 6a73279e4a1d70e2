// What the scrub looks for, and how a find is written down. Knows nothing of how it is found.

/** Every kind of personal data that is replaced; each has a counter. */
export const PII_KINDS = [
  "term",
  "email",
  "secret",
  "ip-address",
  "credit-code",
  "identity-number",
  "bank-card",
  "mobile",
  "landline",
  "travel-document",
  "licence-plate",
  "address",
  "name",
] as const;

export type PiiKind = (typeof PII_KINDS)[number];

/** view.text.slice(start, end) is personal data of one kind. */
export interface Finding {
  readonly kind: PiiKind;
  readonly start: number;
  readonly end: number;
}

/** Finds personal data in the text of a view, in text order, without overlaps. */
export type Detector = (text: string) => Finding[];

/** Stands where an earlier detector found something; no pattern matches it. */
export const TAKEN = "\u0000";

/** The text with the findings blanked out, so that later detectors see a boundary there. */
export function withoutFindings(text: string, findings: readonly Finding[]): string {
  let rest = "";
  let at = 0;
  for (const { start, end } of findings.toSorted((a, b) => a.start - b.start)) {
    rest += text.slice(at, start) + TAKEN.repeat(end - start);
    at = end;
  }
  return rest + text.slice(at);
}
