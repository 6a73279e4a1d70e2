// The words that a blank of unknown length may become: all words of 1–4 tokens of a list whose
// tokens the model knows, by length, as flat arrays that can be scored in one sweep. A Chinese
// character is a token; words in Latin letters and digits are cut as they are in training.

import type { Tokenizer } from "../../tokenizer/index.ts";

/** Of words that a blank of unknown length may become, in tokens. */
export const WORD_LENGTH_MAX = 4;

/** Words of one length in tokens; word w has the ids [w·length, (w+1)·length). */
export interface WordTable {
  readonly length: number;
  readonly ids: Int32Array;
}

export interface Lexicon {
  /** Tables for the lengths 1, 2, 3, 4. */
  readonly tables: readonly WordTable[];
  /** How the words that are not Chinese throughout are written, which tokens may not tell. */
  readonly spellings: Spellings;
}

/** "APP" by the ids of its tokens, here those of "app", joined with commas. */
export type Spellings = ReadonlyMap<string, string>;

const HAN_CHARACTER = /^\p{Script=Han}$/u;
const HAN_WORD = /^\p{Script=Han}*$/u;

/** One table per length from words in any order; words with unknown tokens are left out. */
export function createLexicon(words: Iterable<string>, tokenizer: Tokenizer): Lexicon {
  const lists = Array.from({ length: WORD_LENGTH_MAX }, () => [] as number[]);
  const spellings = new Map<string, string>();
  // A few thousand characters make up all Chinese words, so each is looked up once.
  const known = new Map<string, number | undefined>();
  const idOf = (character: string): number | undefined => {
    if (known.has(character)) return known.get(character);
    const id = HAN_CHARACTER.test(character) ? tokenizer.idOf(character) : undefined;
    const usable = id === tokenizer.special.unk ? undefined : id;
    known.set(character, usable);
    return usable;
  };
  for (const word of new Set(words)) {
    const ids = [...word].map(idOf);
    if (ids.every((id) => id !== undefined)) {
      lists[ids.length - 1]?.push(...ids);
    } else if (!HAN_WORD.test(word)) {
      const tokens = wordTokens(word, tokenizer) ?? [];
      // "APP" and "app" may have the same tokens; a word is scored once.
      if (tokens.length === 0 || spellings.has(tokens.join())) continue;
      spellings.set(tokens.join(), word);
      lists[tokens.length - 1]?.push(...tokens);
    }
  }
  const tables = lists.map((ids, i) => ({ length: i + 1, ids: Int32Array.from(ids) }));
  return { tables, spellings };
}

/** The tokens of a word that a blank may become; undefined where they are too many or unknown. */
export function wordTokens(word: string, tokenizer: Tokenizer): readonly number[] | undefined {
  const ids = tokenizer.encode(word, { specialTokens: false });
  const special = Object.values(tokenizer.special);
  const isWord = ids.length > 0 && !ids.some((id) => special.includes(id));
  return isWord && ids.length <= WORD_LENGTH_MAX ? ids : undefined;
}
