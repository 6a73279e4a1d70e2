// How likely a blank is to hold 1, 2, 3 or 4 characters, told from how sure the model is of its best
// word of each length: a wrong number of masks leaves it unsure. A multinomial logistic regression
// whose few weights are fitted on held-out text (scripts/starter-cloze/fit-lengths.ts).

import { logSumExp } from "./distribution.ts";

export interface LengthModel {
  /** One per length 1..4. */
  readonly bias: readonly number[];
  /** On ln P of the best word of that length. */
  readonly peakWeight: number;
}

/** For models that nobody has fitted: words of two characters are the rule in modern Chinese. */
export const UNFITTED_LENGTHS: LengthModel = { bias: [0, 0.7, 0.2, 0.4], peakWeight: 0.3 };

/**
 * ln P(length) for each length.
 *
 * @param peaks ln P of the best word of each length; -Infinity where there is none
 */
export function logLengthShares(model: LengthModel, peaks: readonly number[]): number[] {
  const { bias, peakWeight } = model;
  // Longer words than the model knows (targets may be) count as its longest.
  const biasOf = (i: number): number => bias[Math.min(i, bias.length - 1)] ?? 0;
  const scores = peaks.map((peak, i) => {
    return peak === -Infinity ? peak : biasOf(i) + peakWeight * peak;
  });
  const total = logSumExp(scores);
  return scores.map((score) => score - total);
}
