// A list of words that must never be stored: names of customers, projects, products to come.

import { AppError, characterCount } from "../../base/index.ts";
import type { Detector, Finding } from "./kinds.ts";

export const TERM_LENGTH_MAX = 100;

/**
 * Finds the terms of a list, whatever their case and width. A term that begins or ends with an
 * ASCII letter or digit is found as a word of its own only.
 *
 * @throws AppError `invalid_input` for a term of less than two or too many characters.
 */
export function createTermDetector(terms: readonly string[]): Detector {
  const byLength = new Map<number, Set<string>>();
  for (const [i, term] of terms.entries()) {
    const folded = fold(term.normalize("NFKC").trim());
    const length = characterCount(folded);
    if (length < 2 || length > TERM_LENGTH_MAX) {
      throw new AppError(
        "invalid_input",
        `term ${i + 1} has ${length} characters; a term has 2 to ${TERM_LENGTH_MAX}`,
      );
    }
    if (/^[某甲乙丙xyz01_ -]+$/i.test(folded)) {
      throw new AppError(
        "invalid_input",
        `term ${i + 1} consists of signs that surrogates are made of (某 甲 乙 丙 x y z 0 1); ` +
          "give a longer term",
      );
    }
    const same = byLength.get(folded.length) ?? new Set();
    byLength.set(folded.length, same.add(folded));
  }
  const lengths = [...byLength.keys()].toSorted((a, b) => b - a);
  return (text) => {
    const folded = fold(text);
    const findings: Finding[] = [];
    for (let start = 0; start < folded.length; start++) {
      const length = lengths.find((candidate) => {
        const found = byLength.get(candidate)?.has(folded.slice(start, start + candidate));
        return found === true && isWhole(folded, start, start + candidate);
      });
      if (length === undefined) continue;
      findings.push({ kind: "term", start, end: start + length });
      start += length - 1;
    }
    return findings;
  };
}

/** Lower case, one character for one. */
function fold(text: string): string {
  return text.replaceAll(/[A-ZÀ-ÞА-Я]/g, (letter) => letter.toLowerCase());
}

function isWhole(text: string, start: number, end: number): boolean {
  const isJoined = (a: string, b: string): boolean => /[a-z0-9]/.test(a) && /[a-z0-9]/.test(b);
  return (
    !isJoined(text.charAt(start - 1), text.charAt(start)) &&
    !isJoined(text.charAt(end - 1), text.charAt(end))
  );
}
