import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/base/index.ts";
import { Evidence } from "../../src/serving/release/evidence.ts";
import { CANARY_LIMITS } from "../../src/serving/release/limits.ts";
import { secondsToNo, seeds } from "../helpers/simulated-canary.ts";
import { requestsToProof } from "../../src/serving/release/sequential.ts";

describe("the evidence against a canary, over hours", { timeout: 300_000 }, () => {
  it("is never enough at 0.1 % errors, in 50 runs of 30 minutes", () => {
    const arms = { errorShare: 0.001, canaryPerSecond: 50, stablePerSecond: 5, seconds: 1800 };
    const times = seeds(50).map((seed) => secondsToNo({ ...arms, seed: 1000 + seed }));
    expect(times.every((time) => time === undefined)).toBe(true);
  });

  it("is never enough while people like both arms alike, in 50 runs of 30 minutes", () => {
    const opinions = (good: number) => ({
      stable: { perSecond: 0.9, good },
      canary: { perSecond: 0.1, good },
    });
    const arms = { errorShare: 0.001, canaryPerSecond: 50, stablePerSecond: 5, seconds: 1800 };
    // Half of all first words are others: no more than a shadow may.
    const like = { ...arms, agreement: 0.5 };
    const times = seeds(50).map((seed) => {
      const good = [0.1, 0.5, 0.7, 0.95][seed % 4] ?? 0;
      return secondsToNo({ ...like, opinions: opinions(good), seed: 2000 + seed });
    });
    expect(times.every((time) => time === undefined)).toBe(true);
  });

  it("comes after the promised requests on average, however low the traffic", () => {
    const promised = requestsToProof(1e-4, { fine: 0.001, bad: 0.01 });
    const arms = { errorShare: 0.01, canaryPerSecond: 1, seconds: 20_000 };
    const times = seeds(100).map((seed) => secondsToNo({ ...arms, seed }) ?? Infinity);
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
    expect(mean / promised).toBeGreaterThan(0.6);
    expect(mean / promised).toBeLessThan(1.3);
  });

  it("does not blame the canary for what the stable arm suffers as well", () => {
    const answered = { ms: 5, confidence: 0.5 };
    const isBlamed = (seed: number): boolean => {
      const evidence = new Evidence(CANARY_LIMITS);
      const random = createRandom(seed);
      for (let second = 0; second < 120; second++) {
        for (let i = 0; i < 40; i++) {
          const arm = i % 2 === 0 ? "stable" : "canary";
          const isError = random.next() < 0.03;
          evidence.observe({ arm, isError, ...answered }, second * 1000);
        }
        evidence.settle(second * 1000);
        const isNo = evidence.verdict().kind === "failed";
        if (isNo || evidence.alarm(second * 1000) !== undefined) return true;
      }
      return false;
    };
    expect(seeds(100).filter(isBlamed).length).toBeLessThan(5);
  });
});
