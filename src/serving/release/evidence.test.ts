import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { Evidence, type Check, type ProbePair } from "./evidence.ts";
import { secondsToNo, seeds } from "../../../test/helpers/simulated-canary.ts";
import { CANARY_LIMITS, expectedSeconds } from "./limits.ts";
import { proofAt, tailOf } from "./sequential.ts";

/** A probe that both arms answer alike, but for what is said of the canary. */
function probeOf(text: string, canary: { ms?: number; confidence?: number } = {}): ProbePair {
  const stable = { isError: false, ms: 20, confidence: 0.5 };
  return { text, stable, canary: { ...stable, ...canary }, isSame: true };
}

describe("the evidence against a canary", () => {
  it("is enough within 60 s, 20 times of 20, at 1 % errors and 50 requests/s", () => {
    const arms = { errorShare: 0.01, canaryPerSecond: 50, stablePerSecond: 50, seconds: 60 };
    const times = seeds(20).map((seed) => secondsToNo({ ...arms, seed }));
    expect(times).not.toContain(undefined);
  });

  it("is enough within a minute when a version goes bad after a good hour", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    const answered = { arm: "canary", ms: 5, confidence: 0.5 } as const;
    let second = 0;
    for (; second < 3600; second++) {
      for (let i = 0; i < 50; i++) evidence.observe({ ...answered, isError: false }, second * 1000);
    }
    expect(evidence.alarm(second * 1000)).toBeUndefined();
    for (; second < 3660; second++) {
      for (let i = 0; i < 50; i++) {
        evidence.observe({ ...answered, isError: i === 0 }, second * 1000);
      }
    }
    expect(evidence.alarm(second * 1000)).toMatchObject({ code: "failing" });
  });
});

describe("a verdict of the gates", () => {
  const setUp = (canary: { ms?: number; confidence?: number }, count = 300): Evidence => {
    const evidence = new Evidence(CANARY_LIMITS);
    const random = createRandom(3);
    for (let i = 0; i < 500; i++) {
      const [ms, confidence] = [20 + 10 * random.next(), random.next()];
      evidence.observe({ arm: "stable", isError: false, ms, confidence }, 0);
    }
    evidence.settle(0);
    for (let i = 0; i < count; i++) {
      const answer = { ms: 20 + 10 * random.next(), confidence: random.next(), ...canary };
      evidence.observe({ arm: "canary", isError: false, ...answer }, 0);
    }
    return evidence;
  };

  it("passes a canary that is like the stable version", () => {
    expect(setUp({}).verdict()).toEqual({ kind: "passed", why: { code: "passed", count: 300 } });
  });

  it("is inconclusive below the minimum sample, probes counted", () => {
    const evidence = setUp({}, CANARY_LIMITS.sampleMin - 1);
    expect(evidence.verdict()).toMatchObject({ kind: "inconclusive" });
    evidence.observePair(probeOf("水[MASK]"), 0);
    expect(evidence.verdict()).toMatchObject({ kind: "passed" });
  });

  it("fails a canary that is slow, heavy, or unsure", () => {
    const found = (code: string) => ({ kind: "failed", why: { code, isProven: true } });
    expect(setUp({ ms: 60 }).verdict()).toMatchObject(found("latency"));
    expect(setUp({ confidence: 0.001 }).verdict()).toMatchObject(found("confidence"));
  });

  it("fails a canary that is heavy for half a minute, and doubts one until then", () => {
    const evidence = setUp({});
    const heavy = { code: "memory", value: 1.6, limit: 1.5 };
    for (let look = 0; look < 29; look++) evidence.observeMemory(1.6);
    expect(evidence.verdict()).toEqual({
      kind: "inconclusive",
      why: { ...heavy, isProven: false },
    });
    evidence.observeMemory(1.6);
    expect(evidence.verdict()).toEqual({ kind: "failed", why: { ...heavy, isProven: true } });
    // Over steps, too: memory does not begin anew with one.
    evidence.beginStep();
    expect(evidence.verdict()).toMatchObject({ kind: "failed" });
  });

  it("does not mind a peak of memory", () => {
    const evidence = setUp({});
    for (let look = 0; look < 60; look++) evidence.observeMemory(look % 5 === 0 ? 3 : 1.2);
    expect(evidence.verdict()).toMatchObject({ kind: "passed" });
  });

  it("does not mind that it grows surer, which is what training is for", () => {
    expect(setUp({ confidence: 0.999 }).verdict()).toMatchObject({ kind: "passed" });
  });

  it("does not mind a few milliseconds", () => {
    expect(setUp({ ms: 36 }).verdict()).toMatchObject({ kind: "passed" });
  });

  it("starts anew with a step", () => {
    const evidence = setUp({ ms: 60 });
    evidence.beginStep();
    expect(evidence.verdict()).toMatchObject({ kind: "inconclusive" });
  });
});

describe("what both arms answer to probes", () => {
  const confidenceOf = (evidence: Evidence): Check | undefined =>
    evidence.checks().find(({ name }) => name === "confidence");
  const unsure = { confidence: 0.2 };

  it("fails a canary that is slower, or far less sure, than the stable version", () => {
    for (const [code, canary] of [
      ["latency", { ms: 60 }],
      ["confidence", unsure],
    ] as const) {
      const evidence = new Evidence(CANARY_LIMITS);
      for (let i = 0; i < 20; i++) evidence.observePair(probeOf(`水${i}[MASK]`, canary), 0);
      expect(evidence.verdict()).toMatchObject({ kind: "failed", why: { code, isProven: true } });
    }
  });

  it("passes one that is a little less sure, or surer", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    for (let i = 0; i < 100; i++) {
      evidence.observePair(probeOf(`水${i}[MASK]`, { confidence: i % 2 === 0 ? 0.3 : 0.9 }), 0);
    }
    expect(confidenceOf(evidence)).toMatchObject({ state: "ok", value: 0 });
    expect(evidence.verdict()).toMatchObject({ kind: "passed" });
  });

  it("tells how sure it is once a step for each text, however often that is asked", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    for (let i = 0; i < 100; i++) evidence.observePair(probeOf("水[MASK]", unsure), 0);
    expect(confidenceOf(evidence)).toMatchObject({ state: "ok", value: 1 });
    evidence.beginStep();
    expect(confidenceOf(evidence)).toMatchObject({ value: null });
    evidence.observePair(probeOf("水[MASK]", unsure), 0);
    expect(confidenceOf(evidence)).toMatchObject({ state: "ok", value: 1 });
  });

  it("says nothing of answers where one of them is an error", () => {
    const evidence = new Evidence(CANARY_LIMITS);
    const { canary, ...pair } = probeOf("水[MASK]", unsure);
    evidence.observePair({ ...pair, canary: { ...canary, isError: true }, isSame: false }, 0);
    expect(confidenceOf(evidence)).toMatchObject({ value: null });
    expect(evidence.checks().map(({ name }) => name)).not.toContain("agreement");
    expect(evidence.lastMinute(0).canary).toEqual({ count: 1, events: 1 });
  });
});

describe("the arithmetic of the tests", () => {
  it("has the binomial's tail", () => {
    expect(tailOf({ count: 10, events: 0 }, 0.3)).toBe(1);
    expect(tailOf({ count: 10, events: 8 }, 0.5)).toBeCloseTo(56 / 1024, 12);
    expect(tailOf({ count: 3000, events: 3000 }, 0.001)).toBe(0);
    expect(proofAt(0.01)).toBeCloseTo(Math.log(100), 12);
  });

  it("says how long a step takes, by share and traffic", () => {
    const at = expectedSeconds(0.05, 100, CANARY_LIMITS);
    expect(at.sampleSeconds).toBe(20);
    expect(at.errorsSeconds).toBeGreaterThan(100);
    expect(at.errorsSeconds).toBeLessThan(150);
    expect(expectedSeconds(0.05, 0, CANARY_LIMITS).sampleSeconds).toBe(Infinity);
  });
});
