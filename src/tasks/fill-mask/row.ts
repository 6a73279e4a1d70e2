// A text with blanks as rows of token ids: a fixed frame of tokens around blanks whose width may
// change from row to row.

import { AppError } from "../../base/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Blank } from "./blanks.ts";

/** Tokens before, between and behind the blanks: one piece more than there are blanks. */
export interface Frame {
  readonly pieces: readonly (readonly number[])[];
}

/** One row for the model, and where its blank of interest begins. */
export interface Row {
  readonly ids: readonly number[];
  /** Column of the first token of the blank asked for. */
  readonly column: number;
}

/** Tokenises the text around its blanks. */
export function frameOf(tokenizer: Tokenizer, text: string, blanks: readonly Blank[]): Frame {
  const mask = tokenizer.special.mask;
  // The marker goes through the tokenizer with the text, so that what stands beside it is cut as
  // it is in training.
  let marked = "";
  let at = 0;
  for (const { start, end } of blanks) {
    marked += `${text.slice(at, start)}[MASK]`;
    at = end;
  }
  const ids = tokenizer.encode(marked + text.slice(at), { specialTokens: false });
  const pieces: number[][] = [[]];
  for (const id of ids) {
    if (id === mask) pieces.push([]);
    else pieces[pieces.length - 1]?.push(id);
  }
  if (pieces.length !== blanks.length + 1) {
    throw new AppError(
      "invalid_input",
      `the text has ${blanks.length} blanks but its tokens have ${pieces.length - 1}; ` +
        "write blanks as [MASK], [BLANK] or ___",
    );
  }
  return { pieces };
}

/**
 * The row around one blank: each blank stands for the tokens in `fillings`, and the row is cut to
 * `tokensMax` tokens with the blank as near to its middle as the text allows.
 */
export function rowAround(
  { pieces }: Frame,
  {
    blank,
    fillings,
    tokenizer,
    tokensMax,
  }: {
    blank: number;
    fillings: readonly (readonly number[])[];
    tokenizer: Tokenizer;
    tokensMax: number;
  },
): Row {
  const before: number[] = [];
  const after: number[] = [];
  for (const [i, piece] of pieces.entries()) {
    const side = i <= blank ? before : after;
    for (const id of piece) side.push(id);
    // The blank's own tokens belong to neither side.
    if (i !== blank) for (const id of fillings[i] ?? []) side.push(id);
  }
  const own = fillings[blank] ?? [];
  const { cls, sep } = tokenizer.special;
  const room = Math.max(0, tokensMax - own.length - 2);
  const half = Math.floor(room / 2);
  const left = Math.min(before.length, Math.max(half, room - after.length));
  const right = Math.min(after.length, room - left);
  return {
    ids: [cls, ...before.slice(before.length - left), ...own, ...after.slice(0, right), sep],
    column: 1 + left,
  };
}
