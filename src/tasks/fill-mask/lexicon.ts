// The words that a blank of unknown length may become: all words of 1–4 characters of a list whose
// characters the model knows, by length, as flat arrays that can be scored in one sweep.

import type { Tokenizer } from "../../tokenizer/index.ts";

export const WORD_LENGTH_MAX = 4;

/** Words of one length; word w has the ids [w·length, (w+1)·length). */
export interface WordTable {
  readonly length: number;
  readonly words: readonly string[];
  readonly ids: Int32Array;
}

export interface Lexicon {
  /** Tables for the lengths 1, 2, 3, 4. */
  readonly tables: readonly WordTable[];
  has(word: string): boolean;
}

/** One table per length from words in any order; words with unknown characters are left out. */
export function createLexicon(words: Iterable<string>, tokenizer: Tokenizer): Lexicon {
  const lists = Array.from({ length: WORD_LENGTH_MAX }, () => ({
    words: [] as string[],
    ids: [] as number[],
  }));
  const seen = new Set<string>();
  for (const word of words) {
    const characters = [...word];
    const list = lists[characters.length - 1];
    if (list === undefined || seen.has(word)) continue;
    const ids = characters.map((character) => tokenizer.idOf(character));
    if (!ids.every((id) => id !== undefined && id !== tokenizer.special.unk)) continue;
    seen.add(word);
    list.words.push(word);
    list.ids.push(...(ids as number[]));
  }
  return {
    tables: lists.map(({ words: table, ids }, i) => {
      return { length: i + 1, words: table, ids: Int32Array.from(ids) };
    }),
    has: (word) => seen.has(word),
  };
}
