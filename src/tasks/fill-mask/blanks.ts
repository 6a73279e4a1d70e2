// Finds the blanks in a text and puts candidates into them.

import { AppError, BLANK_COUNT_MAX } from "../../base/index.ts";
import type { FillInput } from "./types.ts";

/** A place to be filled: text.slice(start, end) is its marker. */
export interface Blank {
  readonly start: number;
  readonly end: number;
  /** Whether words of any length are wanted here, or exactly one token. */
  readonly open: boolean;
}

/** `[MASK]` is one token; two or more underscores or `[BLANK]` a word of unknown length. */
const MARKER = /\[MASK\]|\[BLANK\]|_{2,}|＿{2,}/g;

/** The blanks of an input in text order, however many there are. */
export function blanksIn({ text, length }: Pick<FillInput, "text" | "length">): Blank[] {
  return [...text.matchAll(MARKER)].map(({ 0: marker, index }): Blank => {
    const open = length === "auto" || (length === undefined && marker !== "[MASK]");
    return { start: index, end: index + marker.length, open };
  });
}

/**
 * The blanks of an input in text order.
 *
 * @throws AppError `no_blank` without any, `invalid_input` with more than {@link BLANK_COUNT_MAX}.
 */
export function findBlanks(input: FillInput): Blank[] {
  const blanks = blanksIn(input);
  if (blanks.length === 0) {
    throw new AppError(
      "no_blank",
      "the text has no blank; mark one with [MASK] (one token), ___ or [BLANK] (a word)",
    );
  }
  if (blanks.length > BLANK_COUNT_MAX) {
    throw new AppError(
      "invalid_input",
      `the text has ${blanks.length} blanks; at most ${BLANK_COUNT_MAX} can be filled together`,
    );
  }
  return blanks;
}

/** The text with each blank replaced by its filling. */
export function fillBlanks(
  text: string,
  blanks: readonly Blank[],
  fillings: readonly string[],
): string {
  let filled = "";
  let at = 0;
  for (const [i, { start, end }] of blanks.entries()) {
    filled += text.slice(at, start) + fillings[i];
    at = end;
  }
  return filled + text.slice(at);
}
