// How likely a blank is to hold 1, 2, 3 or 4 characters, told from how the model takes each number
// of masks: with a wrong number it is unsure of its best word, and little of its probability falls
// on words at all. A multinomial logistic regression with few weights, fitted on held-out text.

import { logSumExp } from "./distribution.ts";

/** What one pass with a given number of masks says about that length. */
export interface LengthEvidence {
  /** ln P of the best word of this length. */
  readonly peak: number;
  /** ln of the probability that independent draws would be some word of the lexicon. */
  readonly mass: number;
}

export interface LengthModel {
  /** One per length 1..4. */
  readonly bias: readonly number[];
  readonly peakWeight: number;
  readonly massWeight: number;
}

/** For models that nobody has fitted: words of two characters are the rule in modern Chinese. */
export const UNFITTED_LENGTHS: LengthModel = {
  bias: [0, 0.7, 0.2, 0.4],
  peakWeight: 0.3,
  massWeight: 0,
};

/** ln P(length) for each length; a length without any word gets -Infinity. */
export function logLengthShares(
  { bias, peakWeight, massWeight }: LengthModel,
  evidence: readonly LengthEvidence[],
): number[] {
  const scores = evidence.map(({ peak, mass }, i) => {
    if (peak === -Infinity) return -Infinity;
    // Longer words than the model knows (targets may be) count as its longest.
    const own = bias[Math.min(i, bias.length - 1)] ?? 0;
    return own + peakWeight * peak + massWeight * Math.max(mass, MASS_FLOOR);
  });
  const total = logSumExp(scores);
  return scores.map((score) => score - total);
}

const MASS_FLOOR = -20;

/** One blank whose true length is known. */
export interface LengthExample {
  /** For the lengths 1..4. */
  readonly evidence: readonly LengthEvidence[];
  /** 1..4 */
  readonly length: number;
}

/** Maximum likelihood by gradient ascent with a small pull to zero; a few hundred examples do. */
export function fitLengths(examples: readonly LengthExample[]): LengthModel {
  let weights = [0, 0, 0, 0, 0, 0];
  const steps = 4000;
  for (let step = 0; step < steps; step++) {
    const gradient = weights.map((weight) => -1e-3 * weight);
    const model = modelOf(weights);
    for (const { evidence, length } of examples) {
      const shares = logLengthShares(model, evidence);
      for (const [i, { peak, mass }] of evidence.entries()) {
        if (peak === -Infinity) continue;
        const surprise = (i + 1 === length ? 1 : 0) - Math.exp(shares[i] ?? -Infinity);
        const features = [i === 0, i === 1, i === 2, i === 3].map(Number);
        features.push(peak, Math.max(mass, MASS_FLOOR));
        for (const [k, feature] of features.entries()) {
          gradient[k] = (gradient[k] ?? 0) + (surprise * feature) / examples.length;
        }
      }
    }
    weights = weights.map((weight, k) => weight + 0.1 * (gradient[k] ?? 0));
  }
  return modelOf(weights);
}

function modelOf(weights: readonly number[]): LengthModel {
  const [peakWeight = 0, massWeight = 0] = weights.slice(4);
  return { bias: weights.slice(0, 4), peakWeight, massWeight };
}
