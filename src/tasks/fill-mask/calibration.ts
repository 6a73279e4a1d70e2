// How far confidence can be believed, and how sure that figure itself is. Pure.

import { createRandom, type Interval } from "../../base/index.ts";

/** An answer with what came of it. */
export interface JudgedAnswer {
  /** 0..1 */
  readonly confidence: number;
  readonly isRight: boolean;
}

const BINS = 10;
const RESAMPLES = 1000;
/** Any will do; a fixed one, so that the same answers have the same interval. */
const SEED = 1;

/**
 * Expected calibration error, 0..1: Σ over ten equal bins of (share of answers)·|accuracy − mean
 * confidence| (Guo et al. 2017, arXiv 1706.04599); 0 without answers.
 */
export function calibrationError(answers: readonly JudgedAnswer[]): number {
  return errorOver(gapsOf(answers), (i) => i);
}

/**
 * The 95 % percentile interval of that error over resampled answers (Efron and Tibshirani 1993, An
 * Introduction to the Bootstrap, §13.3); null without answers. Chance in a bin only ever adds to
 * its gap, and resampling adds it a second time: near perfect calibration most of the interval, of
 * very few answers all of it, lies above the error.
 */
export function calibrationInterval(answers: readonly JudgedAnswer[]): Interval | null {
  if (answers.length === 0) return null;
  const gaps = gapsOf(answers);
  const random = createRandom(SEED);
  const drawn = (): number => random.integer(answers.length);
  const errors = Float64Array.from({ length: RESAMPLES }, () => errorOver(gaps, drawn)).sort();
  const quantile = (share: number): number => errors[Math.round(share * RESAMPLES) - 1] as number;
  return { low: quantile(0.025), high: quantile(0.975) };
}

/** Of each answer, its bin and what it adds to (right − confidence) there. */
interface Gaps {
  readonly bins: Uint8Array;
  readonly gaps: Float64Array;
}

function gapsOf(answers: readonly JudgedAnswer[]): Gaps {
  return {
    bins: Uint8Array.from(answers, ({ confidence }) =>
      Math.min(BINS - 1, Math.floor(confidence * BINS)),
    ),
    gaps: Float64Array.from(answers, ({ confidence, isRight }) => (isRight ? 1 : 0) - confidence),
  };
}

/** The error over as many answers as there are, `pick` naming each by its place. */
function errorOver({ bins, gaps }: Gaps, pick: (i: number) => number): number {
  const sums = new Float64Array(BINS);
  for (let i = 0; i < gaps.length; i++) {
    const picked = pick(i);
    const bin = bins[picked] as number;
    sums[bin] = (sums[bin] as number) + (gaps[picked] as number);
  }
  return sums.reduce((sum, gap) => sum + Math.abs(gap), 0) / (gaps.length || 1);
}
