// Which tokens belong to one word, for whole-word masking. Words come from the platform's own
// segmenter (ICU), optionally joined into the longer entries of a lexicon such as idioms.

import { SPECIAL_TOKENS } from "./bert-json.ts";
import { HAN_RANGES } from "./han.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Ids of a text without [CLS] and [SEP], and for each whether it goes on with the word before. */
export interface WordTokens {
  readonly ids: number[];
  readonly continues: boolean[];
}

export interface WordEncoder {
  /** Same ids as `tokenizer.encode(text, {specialTokens: false})`. */
  encode(text: string): WordTokens;
}

/** Segments are looked up again and again; past this many the cache starts afresh. */
const CACHE_LIMIT = 300_000;

/** Encodes texts with their word boundaries.
 *
 *  Two or more segments that together are an entry of `lexicon` count as one word. */
export function createWordEncoder(
  tokenizer: Tokenizer,
  lexicon: ReadonlySet<string> = new Set(),
): WordEncoder {
  const cache = new Map<string, readonly number[]>();
  const idsOf = (word: string): readonly number[] => {
    let ids = cache.get(word);
    if (ids === undefined) {
      ids = tokenizer.encode(word, { specialTokens: false });
      if (cache.size >= CACHE_LIMIT) cache.clear();
      cache.set(word, ids);
    }
    return ids;
  };
  return {
    encode(text) {
      const ids: number[] = [];
      const continues: boolean[] = [];
      for (const word of words(text, lexicon)) {
        idsOf(word).forEach((id, index) => {
          ids.push(id);
          continues.push(index > 0);
        });
      }
      return { ids, continues };
    },
  };
}

const SPECIAL = new RegExp(`(${Object.values(SPECIAL_TOKENS).map(escaped).join("|")})`);

/** The words of `text` in order; together they are the text. Special tokens are words. */
export function words(text: string, lexicon: ReadonlySet<string> = new Set()): string[] {
  return text.split(SPECIAL).flatMap((part, index) => {
    if (index % 2 === 1) return [part];
    const segments = joinUnsplittable(part);
    return lexicon.size === 0 ? segments : joinEntries(segments, lexicon);
  });
}

// A segmenter takes milliseconds to make, and modules that never cut words should not pay.
let segmenter: Intl.Segmenter | undefined;

// BERT cuts words only beside these, so a segment boundary between two other characters
// ("10|℃", "abc|カナ") would change the tokens. Its spaces are fewer than those of `\s`: a byte
// order mark or a form feed is dropped, and what stands on its two sides is one word.
const CUT = `[ \\t\\n\\r\\p{Z}\\p{P}${HAN_RANGES}!-/:-@[-\`{-~]`;
const CUT_AFTER = new RegExp(`${CUT}$`, "u");
const CUT_BEFORE = new RegExp(`^${CUT}`, "u");
const HAN_ONLY = /^[\u4e00-\u9fff]+$/;

function joinUnsplittable(text: string): string[] {
  segmenter ??= new Intl.Segmenter("zh", { granularity: "word" });
  const segments: string[] = [];
  let previousIsHan = true;
  for (const { segment } of segmenter.segment(text)) {
    const last = segments.length - 1;
    const isHan = HAN_ONLY.test(segment);
    const previous = segments[last];
    const cut =
      previous === undefined ||
      isHan ||
      previousIsHan ||
      CUT_AFTER.test(previous) ||
      CUT_BEFORE.test(segment);
    if (cut) segments.push(segment);
    else segments[last] = previous + segment;
    previousIsHan = isHan;
  }
  return segments;
}

/** Longest entries first, at most this many segments. */
const ENTRY_SEGMENTS = 5;

function joinEntries(segments: readonly string[], lexicon: ReadonlySet<string>): string[] {
  const joined: string[] = [];
  for (let start = 0; start < segments.length;) {
    let end = Math.min(segments.length, start + ENTRY_SEGMENTS);
    while (end > start + 1 && !lexicon.has(segments.slice(start, end).join(""))) end--;
    joined.push(segments.slice(start, end).join(""));
    start = end;
  }
  return joined;
}

function escaped(token: string): string {
  return token.replace(/[[\]]/g, "\\$&");
}
