// How far a distribution over the vocabulary has moved, told from some of its tokens: all of them
// would be too much to remember of every question. Pure.

import type { Random } from "../../base/index.ts";
import { topIndices } from "../../tasks/fill-mask/index.ts";

/** What is remembered of a distribution: ids with ln p. */
export interface Remembered {
  /** The likeliest tokens. */
  readonly likeliest: readonly Token[];
  /** Share of all others together, 0..1. */
  readonly rest: number;
  /** Drawn from those others by their shares, with replacement. */
  readonly drawn: readonly Token[];
}

type Token = readonly [id: number, logShare: number];

const LIKELIEST = 16;
const DRAWN = 16;
/** Less is left to the others by rounding alone. */
const REST_MIN = 1e-6;

/** A place of a question as weights score it. */
export interface Scored {
  /** [V] */
  readonly logits: Float32Array;
  /** ln Σ exp(logit): what is subtracted from a logit for ln p. */
  readonly total: number;
}

export function scoredPlace(logits: Float32Array): Scored {
  return { logits, total: logTotal(logits) };
}

export function rememberedOf({ logits, total }: Scored, random: Random): Remembered {
  const tokenOf = (id: number): Token => [id, (logits[id] as number) - total];
  const likeliest = topIndices(logits, LIKELIEST);
  const shares = new Float64Array(logits.length);
  for (let id = 0; id < shares.length; id++) shares[id] = Math.exp((logits[id] as number) - total);
  for (const id of likeliest) shares[id] = 0;
  let rest = 0;
  for (const share of shares) rest += share;
  const drawn = rest < REST_MIN ? [] : draw(shares, rest, random);
  return { likeliest: likeliest.map(tokenOf), rest, drawn: drawn.map(tokenOf) };
}

/**
 * KL(p ‖ q) in nats over the vocabulary, where p is what was remembered and q what is scored now.
 * By the chain rule (Cover and Thomas 2006, 2.67) it is that over the likeliest tokens and all
 * others as one, exact here, and the rest's share of that within the others, which is the mean of
 * r − 1 − ln r over the drawn, r = q/p: without bias, and never below 0 (Schulman 2020,
 * Approximating KL Divergence).
 */
export function divergenceFrom(
  { likeliest, rest, drawn }: Remembered,
  { logits, total }: Scored,
): number {
  const logShareNow = (id: number): number => (logits[id] as number) - total;
  let divergence = 0;
  let restNow = 1;
  for (const [id, logShare] of likeliest) {
    divergence += Math.exp(logShare) * (logShare - logShareNow(id));
    restNow -= Math.exp(logShareNow(id));
  }
  if (drawn.length === 0) return Math.max(0, divergence);
  const logRestRatio = Math.log(rest / Math.max(REST_MIN, restNow));
  divergence += rest * logRestRatio;
  let within = 0;
  for (const [id, logShare] of drawn) {
    const logRatio = logShareNow(id) - logShare + logRestRatio;
    within += Math.exp(logRatio) - 1 - logRatio;
  }
  return Math.max(0, divergence + (rest * within) / drawn.length);
}

export function logTotal(logits: Float32Array): number {
  let most = -Infinity;
  for (const logit of logits) if (logit > most) most = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  return most + Math.log(sum);
}

/** Places of `shares`, which add up to `sum`. */
function draw(shares: Float64Array, sum: number, random: Random): number[] {
  const marks = Array.from({ length: DRAWN }, () => sum * random.next()).toSorted((a, b) => a - b);
  const places: number[] = [];
  let passed = 0;
  for (let i = 0; i < shares.length && places.length < DRAWN; i++) {
    passed += shares[i] as number;
    while (places.length < DRAWN && (marks[places.length] as number) < passed) places.push(i);
  }
  return places;
}
