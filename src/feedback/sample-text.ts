// Texts with blanks, and words for them, as samples have them. Pure. The markers are those of
// tasks/fill-mask, which is of the same rank and cannot be asked.

import { AppError } from "../base/index.ts";

const MARKER = /\[MASK\]|\[BLANK\]|_{2,}|＿{2,}/g;
/** Characters that a blank takes. */
export const WORD_LENGTH_MAX = 4;
/** A word of Latin letters or digits is few tokens, and may be longer. */
const LATIN_LENGTH_MAX = 24;
const HAS_HAN = /\p{Script=Han}/u;
// eslint-disable-next-line no-control-regex -- control characters are the point
const UNFIT = /[\u0000-\u001f\u007f-\u009f]|\p{Surrogate}|\s/u;

export function countBlanks(text: string): number {
  return text.match(MARKER)?.length ?? 0;
}

/** What stands before, between and after the blanks. */
export function splitAtBlanks(text: string): string[] {
  return text.split(MARKER);
}

/** The text with every blank written the same way, so that equal texts are found to be equal. */
export function canonicalText(text: string): string {
  const pieces = text.normalize("NFC").trim().split(MARKER);
  return joinAtBlanks(pieces, []);
}

/** The text with one blank left, the others filled with `words` (one for each blank). */
export function withOneBlank(text: string, blank: number, words: readonly string[]): string {
  const pieces = text.normalize("NFC").trim().split(MARKER);
  return joinAtBlanks(
    pieces,
    words.map((word, i) => (i === blank ? undefined : word)),
  );
}

/** `before` and `after` around a blank of their own: underscores would run together. */
export function blankBetween(before: string, after: string): string {
  const isBesideUnderscore = /[_＿]$/.test(before) || /^[_＿]/.test(after);
  return `${before}${isBesideUnderscore ? "[BLANK]" : "___"}${after}`;
}

function joinAtBlanks(pieces: readonly string[], words: readonly (string | undefined)[]): string {
  return pieces.slice(1).reduce((text, piece, i) => {
    const word = words[i];
    return word === undefined ? blankBetween(text, piece) : text + word + piece;
  }, pieces[0] ?? "");
}

/**
 * A word that may be learned, without spaces around it; `label` names it in the message.
 *
 * @throws AppError `invalid_input`
 */
export function checkedWord(given: string, label: string): string {
  const word = given.normalize("NFC").trim();
  const length = [...word].length;
  const fail = (what: string): AppError => new AppError("invalid_input", `${label} ${what}`);
  if (length === 0) throw fail("is empty; expected a word for the blank.");
  if (countBlanks(word) > 0) throw fail("has a blank in it; expected the word for the blank.");
  if (UNFIT.test(word)) {
    throw fail("has a space, a line break or a broken character in it; expected one word.");
  }
  const most = HAS_HAN.test(word) ? WORD_LENGTH_MAX : LATIN_LENGTH_MAX;
  if (length > most) {
    throw fail(
      `has ${length} characters; a blank takes up to ${most}. ` +
        "Leave part of it in the sentence, outside the blank.",
    );
  }
  return word;
}

/** @throws AppError `invalid_input` for a word that is right and wrong, or when there is none. */
export function requireConsistent(answers: readonly string[], rejected: readonly string[]): void {
  const both = answers.find((word) => rejected.includes(word));
  if (both !== undefined) {
    throw new AppError("invalid_input", `${both} is both an answer and rejected; expected one.`);
  }
  if (answers.length + rejected.length === 0) {
    throw new AppError("invalid_input", "There is no answer and no rejected word; expected one.");
  }
}

/** @throws AppError `invalid_input` */
export function requireBlank(text: string): void {
  if (countBlanks(text) > 0) return;
  throw new AppError(
    "invalid_input",
    "The text has no blank; expected one, written ___, where the answer belongs.",
  );
}
