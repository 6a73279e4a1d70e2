// The words that a blank of unknown length may become: all words of 1–4 characters of a list whose
// characters the model knows, by length, as flat arrays that can be scored in one sweep.

import type { Tokenizer } from "../../tokenizer/index.ts";

export const WORD_LENGTH_MAX = 4;

/** Words of one length; word w has the ids [w·length, (w+1)·length), a character each. */
export interface WordTable {
  readonly length: number;
  readonly ids: Int32Array;
}

export interface Lexicon {
  /** Tables for the lengths 1, 2, 3, 4. */
  readonly tables: readonly WordTable[];
}

/** One table per length from words in any order; words with unknown characters are left out. */
export function createLexicon(words: Iterable<string>, tokenizer: Tokenizer): Lexicon {
  const lists = Array.from({ length: WORD_LENGTH_MAX }, () => [] as number[]);
  // A few thousand characters make up all words, so each is looked up once.
  const known = new Map<string, number | undefined>();
  const idOf = (character: string): number | undefined => {
    if (known.has(character)) return known.get(character);
    const id = tokenizer.idOf(character);
    const usable = id === tokenizer.special.unk ? undefined : id;
    known.set(character, usable);
    return usable;
  };
  for (const word of new Set(words)) {
    const ids = [...word].map(idOf);
    if (ids.every((id) => id !== undefined)) lists[ids.length - 1]?.push(...ids);
  }
  const tables = lists.map((ids, i) => ({ length: i + 1, ids: Int32Array.from(ids) }));
  return { tables };
}
