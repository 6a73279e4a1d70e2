// A scorer over the layers above the cut, for measuring versions that share all layers below it:
// activations come from the cache, and one session serves every set of weights.

import { invariant } from "../../base/index.ts";
import type { Scorer } from "../../models/index.ts";
import type { CachedPrefix } from "./prefix-process.ts";
import { paddedRows } from "./tuning-batches.ts";
import type { Suffix, SuffixScorer } from "./tuning-step.ts";

/** Rows of one engine call together have at most this many tokens. */
const TOKENS_MAX = 4096;

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
      await prefix.fill(rows.map((ids) => ({ ids })));
      const count = columns.reduce((sum, { length }) => sum + length, 0);
      const logits = new Float32Array(count * vocabularySize);
      let written = 0;
      for (let start = 0; start < rows.length;) {
        let end = start + 1;
        let longest = rows[start]?.length ?? 0;
        for (; end < rows.length; end++) {
          const length = Math.max(longest, rows[end]?.length ?? 0);
          if ((end + 1 - start) * length > TOKENS_MAX) break;
          longest = length;
        }
        const part = rows.slice(start, end);
        const padded = paddedRows(
          part.map((ids) => ({ ids })),
          prefix.cache,
          hiddenSize,
        );
        const flat = part.flatMap((_, i) =>
          (columns[start + i] ?? []).map((column) => BigInt(i * padded.length + column)),
        );
        const scored = await suffix.score({ ...padded, positions: BigInt64Array.from(flat) });
        logits.set(scored, written);
        written += scored.length;
        start = end;
      }
      invariant(written === logits.length, () => `${written} of ${logits.length} scores`);
      return logits;
    },
    // Prefix and suffix belong to whoever opened them.
    [Symbol.dispose]: () => {},
  };
}
