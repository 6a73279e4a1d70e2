// A scorer over the layers above the cut, for measuring versions that share all layers below it:
// activations come from the cache, and one session serves every set of weights.

import type { Scorer } from "../../models/index.ts";
import type { CachedPrefix } from "./prefix-process.ts";
import { inputOf } from "./row-loss.ts";
import type { Suffix, SuffixScorer } from "./tuning-step.ts";

export function cachedScorer(
  { model }: Pick<Suffix, "model">,
  prefix: CachedPrefix,
  suffix: SuffixScorer,
): Scorer {
  const { hiddenSize, vocabularySize, sequenceMax } = model;
  return {
    vocabularySize,
    sequenceMax,
    async score(rows, columns) {
      const questions = rows.map((ids, i) => ({ ids, columns: columns[i] ?? [] }));
      await prefix.fill(questions);
      return suffix.score(inputOf(questions, prefix.cache, hiddenSize));
    },
    // Prefix and suffix belong to whoever opened them.
    [Symbol.dispose]: () => {},
  };
}
