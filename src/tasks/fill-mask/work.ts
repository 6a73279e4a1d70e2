// What a text costs, told before it is asked: about how many tokens the model reads for it. Queues
// and limits count in this. It knows the text only, not the tokenizer: a character is a token, and
// a word in Latin letters among those to choose from is one, as where a model knows its language.

import { blanksIn } from "./blanks.ts";
import { FREE_ROWS_MAX } from "./free-words.ts";
import type { FillInput } from "./types.ts";
import { SEARCH_ROWS_MAX } from "./words.ts";

/** The longest row of a model whose settings name none. */
export const WINDOW_TOKENS = 320;
/** Of prefixes that words could have many are the same (docs/experiments.md). */
const DISTINCT_SHARE = 0.75;
const SEARCH_ROWS = Math.round(SEARCH_ROWS_MAX * DISTINCT_SHARE);
/** Two marks around a row. */
const MARKS = 2;
/** What a blank of open length shows as, and about how wide a word in it is. */
const OPEN_WIDTH = 2;
const LATIN_WORD = /\p{Script=Latin}+/gu;

/** Tokens that the model reads for a text; `windowTokens`: the longest row that it is shown. */
export function workOf(input: FillInput, windowTokens = WINDOW_TOKENS): number {
  const { text, targets = [] } = input;
  const longest = targets.reduce((most, target) => Math.max(most, tokensIn(target)), 0);
  // As in the filler, words longer than one token can only be chosen among in an open blank.
  const isOpened = longest > 1 && input.length !== 1;
  const blanks = blanksIn(input).map(({ open, ...place }) => ({
    ...place,
    open: open || isOpened,
  }));
  // Words to choose from are judged in their text and without it, each length in a row of its own.
  const isChoice = targets.length > 0 && input.length !== 1;
  const searchRows = SEARCH_ROWS + (input.words === "any" ? FREE_ROWS_MAX : 0);
  const rowsOf = (open: boolean): number => (isChoice ? 2 * longest : open ? searchRows : 1);
  let row = text.length + MARKS;
  let rows = 0;
  for (const { start, end, open } of blanks) {
    row += (open ? OPEN_WIDTH : 1) - (end - start);
    rows += rowsOf(open);
  }
  // Each blank is judged as the text stands, all but the first as others are filled, and all but
  // the last once more.
  const judgings = blanks.length === 0 ? 1 : (3 * blanks.length - 2) / blanks.length;
  return Math.round(Math.max(1, rows) * judgings * Math.min(row, windowTokens));
}

function tokensIn(target: string): number {
  return target.replace(LATIN_WORD, "a").length;
}
