// A simulated canary: answers with seeded errors, second by second, until the evidence says no.

import { createRandom } from "../../src/base/index.ts";
import { Evidence } from "../../src/serving/release/evidence.ts";
import { GATE_LIMITS } from "../../src/serving/release/limits.ts";

export interface Arms {
  readonly errorShare: number;
  readonly canaryPerSecond: number;
  readonly stablePerSecond?: number;
  readonly seconds: number;
  readonly seed: number;
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
  const evidence = new Evidence(GATE_LIMITS);
  const answered = { ms: 5, confidence: 0.5 };
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < (rest.stablePerSecond ?? 0); i++) {
      evidence.observe({ arm: "stable", isError: false, ...answered }, second * 1000);
    }
    for (let i = 0; i < canaryPerSecond; i++) {
      const isError = random.next() < errorShare;
      evidence.observe({ arm: "canary", isError, ...answered }, second * 1000);
    }
    evidence.settle(second * 1000);
    const isNo = evidence.verdict(undefined).kind === "failed";
    if (isNo || evidence.alarm(second * 1000) !== undefined) return second + 1;
  }
  return undefined;
}

export const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
