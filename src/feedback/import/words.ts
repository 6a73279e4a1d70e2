// Where words begin and end in Chinese, as the platform's dictionary has it, and terms cut into
// pieces that fit into a blank. Pure.

import { WORD_LENGTH_MAX } from "../sample-text.ts";

const segmenter = new Intl.Segmenter("zh", { granularity: "word" });
const NO_WORD = /^[\p{P}\p{S}\s]+$/u;

/** The text cut into words and what is between them; the pieces joined are the text. */
export function wordsOf(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}

export function isWord(segment: string): boolean {
  return !NO_WORD.test(segment);
}

/** Whether a phrase can stand in a blank as a whole: short, without spaces and punctuation. */
export function fitsBlank(phrase: string): boolean {
  return phrase !== "" && [...phrase].length <= WORD_LENGTH_MAX && !/[\p{P}\s]/u.test(phrase);
}

/** A word in its surroundings. */
export interface Piece {
  readonly before: string;
  readonly word: string;
  readonly after: string;
}

/**
 * The pieces of a phrase that fit into a blank: all of it when it does, else its words, each in
 * turn; a word that is too long is cut.
 */
export function piecesOf(phrase: string): Piece[] {
  if (fitsBlank(phrase)) return [{ before: "", word: phrase, after: "" }];
  const parts = wordsOf(phrase).flatMap((word) => chunks(word));
  return parts.flatMap((word, i) =>
    isWord(word)
      ? [{ before: parts.slice(0, i).join(""), word, after: parts.slice(i + 1).join("") }]
      : [],
  );
}

function chunks(word: string): string[] {
  const characters = [...word];
  const parts: string[] = [];
  for (let start = 0; start < characters.length; start += WORD_LENGTH_MAX) {
    parts.push(characters.slice(start, start + WORD_LENGTH_MAX).join(""));
  }
  return parts;
}
