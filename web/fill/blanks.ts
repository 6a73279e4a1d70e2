// What counts as a blank in a text, and everything done with blanks as plain text. The server's
// reading of the same markers is in src/tasks/fill-mask; here a marker may be in small letters too.

import { BLANK_COUNT_MAX, TEXT_LENGTH_MAX } from "../../src/base/index.ts";

/** What the page writes where a person asks for a blank. */
const NEW_BLANK = "___";

const MARKER = /\[MASK\]|\[BLANK\]|_{2,}|＿{2,}/gi;

export type Segment =
  | { readonly kind: "text"; readonly text: string }
  /** `index` counts the blanks from 0, in the order of the text. */
  | { readonly kind: "blank"; readonly text: string; readonly index: number };

/** The text cut at its blanks; the pieces joined are the text again. */
export function splitAtBlanks(text: string): readonly Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  for (const [index, match] of [...text.matchAll(MARKER)].entries()) {
    if (match.index > at) segments.push({ kind: "text", text: text.slice(at, match.index) });
    segments.push({ kind: "blank", text: match[0], index });
    at = match.index + match[0].length;
  }
  if (at < text.length) segments.push({ kind: "text", text: text.slice(at) });
  return segments;
}

/** The text with each blank replaced by its word; a blank without a word stays as it is. */
export function fillIn(text: string, words: readonly string[]): string {
  return splitAtBlanks(text)
    .map((segment) => (segment.kind === "blank" ? words[segment.index] : undefined) ?? segment.text)
    .join("");
}

/** The text as the server reads it: markers in capital letters. */
export function canonicalText(text: string): string {
  return text.replaceAll(MARKER, (marker) => marker.toUpperCase());
}

/** Characters as people count them, not UTF-16 units. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** Why a text cannot be asked about yet, in the order in which a person would mend it. */
export type TextProblem = "empty" | "tooLong" | "noBlank" | "tooManyBlanks";

export function problemOf(text: string): TextProblem | undefined {
  if (text.trim() === "") return "empty";
  if (lengthOf(text) > TEXT_LENGTH_MAX) return "tooLong";
  const blankCount = text.match(MARKER)?.length ?? 0;
  if (blankCount === 0) return "noBlank";
  return blankCount > BLANK_COUNT_MAX ? "tooManyBlanks" : undefined;
}

/** The marker that makes a blank of its own at [start, end): underscores would run together. */
export function markerFor(text: string, start: number, end: number): string {
  const isBesideUnderscore = /[_＿]$/.test(text.slice(0, start)) || /^[_＿]/.test(text.slice(end));
  return isBesideUnderscore ? "[BLANK]" : NEW_BLANK;
}

/**
 * The segments with long stretches far from any blank cut out (`…`), so that a filled text of 2,000
 * characters can be read at a glance. `reach` is in characters, on each side of a blank.
 */
export function excerpt(segments: readonly Segment[], reach: number): readonly Segment[] {
  return segments.map((segment, i) => {
    if (segment.kind === "blank") return segment;
    const characters = [...segment.text];
    const headCount = i === 0 ? 0 : reach;
    const tailCount = i === segments.length - 1 ? 0 : reach;
    if (characters.length <= headCount + tailCount + 1) return segment;
    const head = characters.slice(0, headCount).join("");
    const tail = tailCount === 0 ? "" : characters.slice(-tailCount).join("");
    return { kind: "text", text: `${head}…${tail}` };
  });
}

/** Words out of a field where a person lists them: commas of both scripts, 、, ;, spaces, lines. */
export function parseTargets(field: string): readonly string[] {
  const words = field.split(/[\s,，、;；|/]+/u).filter((word) => word !== "");
  return [...new Set(words)];
}
