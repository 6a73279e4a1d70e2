// What a canary is held to. A release keeps the limits that it began with.

import type { CanaryLimits } from "../../registry/index.ts";
import { requestsToProof, type Count, type Hypotheses } from "./sequential.ts";

export const CANARY_LIMITS: CanaryLimits = {
  errorShareMax: 0.005,
  p95RatioMax: 1.5,
  memoryRatioMax: 1.5,
  confidenceShareMax: 0.25,
  verdictLossShareMax: 0.5,
  disagreementShareMax: 0.5,
  sampleMin: 100,
};

/** The chance that a version which is as good as the stable one fails a gate in a step. */
export const GATE_ALPHA = 1e-4;
/** Evidence at this level is no proof, but too much to go on without a person. */
export const DOUBT_ALPHA = 0.05;
/**
 * The chance of one look of the breaker at a canary that is as good as stable. It looks every
 * second, so that an hour has a false alarm with a probability of 0.4 % at most.
 */
export const BREAKER_ALPHA = 1e-6;
export const BREAKER_SAMPLE_MIN = 20;
/** Of the comparison of both arms' errors, which rules out that they have one cause. */
export const SHARED_CAUSE_ALPHA = 0.001;
/** An error share below this is not told from none. */
const ERROR_SHARE_FINE = 0.001;
/** Requests whose weight the value above has against what the stable arm shows. */
const ERROR_PRIOR_COUNT = 100;
/** Below this a slower answer is not noticed by anybody. */
const SLACK_MS = 10;

/** What errors of the canary are tested against, given those of the stable arm. */
export function errorHypotheses(stable: Count): Hypotheses {
  const prior = ERROR_SHARE_FINE * ERROR_PRIOR_COUNT;
  const estimate = (stable.events + prior) / (stable.count + ERROR_PRIOR_COUNT);
  const fine = Math.min(0.3, Math.max(ERROR_SHARE_FINE, estimate));
  return { fine, bad: Math.max(0.01, 3 * fine) };
}

/** A twentieth is slower than p95 by definition. */
export const SLOW: Hypotheses = { fine: 0.05, bad: 0.1 };

/** From when an answer of the canary counts as slow. */
export function slowFrom(stableMs: number, { p95RatioMax }: CanaryLimits): number {
  return Math.max(stableMs * p95RatioMax, stableMs + SLACK_MS);
}

export function confidenceHypotheses({ confidenceShareMax }: CanaryLimits): Hypotheses {
  return { fine: confidenceShareMax, bad: 2 * confidenceShareMax };
}

/** Of a sparse signal, whose events may be the share `fine`: halfway from there to all is bad. */
export function sparseHypotheses(fine: number): Hypotheses {
  return { fine, bad: (1 + fine) / 2 };
}

/**
 * Below which score the canary counts as unsure, from the stable version's lower quartile. That it
 * grows surer is what training is for.
 */
export function unsureBelow(lowerQuartile: number): number {
  return lowerQuartile / 2;
}

export interface Expectation {
  /** Until a step has the sample that passing it needs, probes aside. */
  readonly sampleSeconds: number;
  /** Until 1 % of errors are proven, on average. */
  readonly errorsSeconds: number;
}

/** How long a step needs at `requestsPerSecond` of both arms together; Infinity without traffic. */
export function expectedSeconds(
  share: number,
  requestsPerSecond: number,
  { sampleMin }: CanaryLimits,
): Expectation {
  const perSecond = share * requestsPerSecond;
  const hypotheses = errorHypotheses({ count: 0, events: 0 });
  return {
    sampleSeconds: sampleMin / perSecond,
    errorsSeconds: requestsToProof(GATE_ALPHA, hypotheses) / perSecond,
  };
}
