// A simulated canary: answers with seeded errors, and people and a shadow that say what they think
// of it, second by second, until the evidence says no.

import { createRandom } from "../../src/base/index.ts";
import { Evidence } from "../../src/serving/release/evidence.ts";
import { CANARY_LIMITS } from "../../src/serving/release/limits.ts";
import type { Arm } from "../../src/serving/release/route.ts";

export interface Arms {
  readonly errorShare: number;
  readonly canaryPerSecond: number;
  readonly stablePerSecond?: number;
  /** What people say of each arm's answers, none by default. */
  readonly opinions?: Readonly<Record<Arm, Opinions>>;
  /** Share of its requests that the canary, as a shadow, answers as stable does. */
  readonly agreement?: number;
  readonly seconds: number;
  readonly seed: number;
}

export interface Opinions {
  readonly perSecond: number;
  /** Share of ✓, 0..1. */
  readonly good: number;
}

/** Seconds until breaker or gate say no; undefined when they never do. */
export function secondsToNo({
  errorShare,
  canaryPerSecond,
  seconds,
  seed,
  ...rest
}: Arms): number | undefined {
  const random = createRandom(seed);
  const people = createRandom(seed + 1_000_000);
  const evidence = new Evidence(CANARY_LIMITS);
  const answered = { ms: 5, confidence: 0.5 };
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < (rest.stablePerSecond ?? 0); i++) {
      evidence.observe({ arm: "stable", isError: false, ...answered }, second * 1000);
    }
    for (let i = 0; i < canaryPerSecond; i++) {
      const isError = random.next() < errorShare;
      evidence.observe({ arm: "canary", isError, ...answered }, second * 1000);
      const { agreement } = rest;
      if (agreement !== undefined) evidence.sparse.compare(people.next() < agreement);
    }
    for (const arm of ["stable", "canary"] as const) {
      const { perSecond = 0, good = 1 } = rest.opinions?.[arm] ?? {};
      if (people.next() >= perSecond) continue;
      evidence.sparse.judge({ arm, isGood: people.next() < good, unit: `${arm} ${second}` });
    }
    evidence.settle(second * 1000);
    const isNo = evidence.verdict().kind === "failed";
    if (isNo || evidence.alarm(second * 1000) !== undefined) return second + 1;
  }
  return undefined;
}

export const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
