// The idioms, and which of them are common.

import { join } from "node:path";
import { readLines } from "./read-lines.ts";

export interface Idiom {
  readonly idiom: string;
  readonly meaning: string;
}

interface Prose {
  readonly documents: readonly string[];
}

export function loadIdioms(dataDirectory: string): Idiom[] {
  return readLines(join(dataDirectory, "cloze", "idioms.jsonl.gz")).map((line) => {
    const { idiom, meaning } = JSON.parse(line) as Idiom;
    return { idiom: idiom.trim(), meaning: meaning.trim() };
  });
}

/** Word counts of a large modern corpus (jieba's dictionary). */
export function loadWordCounts(dataDirectory: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of readLines(join(dataDirectory, "cloze", "word-counts.tsv.gz"))) {
    const [word = "", count = "0"] = line.split(/[ \t]/);
    counts.set(word, Number(count));
  }
  return counts;
}

/** In jieba's dictionary 3 is the count of words merely listed; from here on it is real use. */
const COMMON_WORD_COUNT = 45;
/** As often in the training prose, which is smaller and half of it about old times. */
const COMMON_TEXT_COUNT = 12;

/** Idioms frequent in {@link loadWordCounts} or in `prose`, the most frequent first. */
export function commonIdioms(
  idioms: readonly Idiom[],
  dataDirectory: string,
  prose: readonly Prose[],
): Idiom[] {
  const wordCounts = loadWordCounts(dataDirectory);
  const textCounts = countFourCharacterIdioms(idioms, prose);
  const wordCountOf = ({ idiom }: Idiom): number => wordCounts.get(idiom) ?? 0;
  const textCountOf = ({ idiom }: Idiom): number => textCounts.get(idiom) ?? 0;
  return idioms
    .filter(
      (idiom) => wordCountOf(idiom) >= COMMON_WORD_COUNT || textCountOf(idiom) >= COMMON_TEXT_COUNT,
    )
    .sort((a, b) => wordCountOf(b) - wordCountOf(a) || textCountOf(b) - textCountOf(a));
}

/** Many idioms that every pupil knows are rare in print (画龙点睛: 26). */
const KNOWN_WORD_COUNT = 10;

/** Idioms that more than a few texts of {@link loadWordCounts} use. */
export function knownIdioms(idioms: readonly Idiom[], dataDirectory: string): Idiom[] {
  const counts = loadWordCounts(dataDirectory);
  return idioms.filter(({ idiom }) => (counts.get(idiom) ?? 0) >= KNOWN_WORD_COUNT);
}

function countFourCharacterIdioms(
  idioms: readonly Idiom[],
  prose: readonly Prose[],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { idiom } of idioms) if (idiom.length === 4) counts.set(idiom, 0);
  for (const { documents } of prose) {
    for (const text of documents) {
      for (let start = 0; start + 4 <= text.length; start++) {
        const candidate = text.slice(start, start + 4);
        const count = counts.get(candidate);
        if (count !== undefined) counts.set(candidate, count + 1);
      }
    }
  }
  return counts;
}
