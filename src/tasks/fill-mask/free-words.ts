// Words that no list has, for a blank of open length: begun with the tokens that the model finds
// likeliest there and continued token by token, the few best of them kept (beam search). It cannot
// tell a word from a piece of a sentence, which is what the lexicon is for.

import { topIndices } from "./distribution.ts";
import { WORD_LENGTH_MAX } from "./lexicon.ts";
import type { ScoredWord, WordSearch, WordView } from "./words.ts";

/** Beginnings that are kept of each length. */
const BEAM = 4;
const LENGTHS = [2, 3, 4];

/** The most rows that one search asks about: each beginning, of each length. */
export const FREE_ROWS_MAX = LENGTHS.reduce((rows, length) => rows + BEAM * (length - 1), 0);

/**
 * The best words of the lengths 2, 3, 4 by their chain-rule scores, best first.
 *
 * @param first for each length from 1, log-probabilities [length, V] with the whole blank hidden
 */
export async function freeWords(
  { ask, mask, vocabularySize }: WordSearch,
  first: readonly Float32Array[],
  { isWord, textOf }: WordView,
): Promise<ScoredWord[][]> {
  const continued = (
    { ids: begun, logScore }: Pick<ScoredWord, "ids" | "logScore">,
    next: Float32Array,
  ): ScoredWord[] => {
    const allowed = next.map((score, id) => (isWord(id) ? score : -Infinity));
    return topIndices(allowed, BEAM).map((id) => {
      const ids = [...begun, id];
      return { ids, text: ids.map(textOf).join(""), logScore: logScore + (next[id] as number) };
    });
  };
  let beams = LENGTHS.map((length) => {
    const scores = first[length - 1] as Float32Array;
    return continued({ ids: [], logScore: 0 }, scores.subarray(0, vocabularySize));
  });
  for (let known = 1; known < WORD_LENGTH_MAX; known++) {
    const open = beams.map((beam, i) => ((LENGTHS[i] ?? 0) > known ? beam : []));
    const answers = await ask(
      open.flatMap((beam, i) =>
        beam.map(({ ids }) => {
          const hidden = Array.from({ length: (LENGTHS[i] ?? 0) - known }, () => mask);
          return { filling: [...ids, ...hidden], columns: [known] };
        }),
      ),
    );
    let at = 0;
    beams = beams.map((beam, i) => {
      if (open[i]?.length === 0) return beam;
      return beam
        .flatMap((word) => continued(word, answers[at++] as Float32Array))
        .sort((a, b) => b.logScore - a.logScore)
        .slice(0, BEAM);
    });
  }
  return beams;
}
