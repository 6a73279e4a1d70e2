import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { divergenceFrom, rememberedOf, scoredPlace } from "./divergence.ts";

const shares = (...values: number[]): Float32Array => Float32Array.from(values, Math.log);

/** What is remembered of `before` against `now`. */
function divergenceOf(before: Float32Array, now: Float32Array, seed = 1): number {
  return divergenceFrom(rememberedOf(scoredPlace(before), createRandom(seed)), scoredPlace(now));
}

/** Normal logits of a vocabulary, and the same moved a little. */
function movedLogits(count: number, by: number): [Float32Array, Float32Array] {
  const random = createRandom(1);
  const before = Float32Array.from({ length: count }, () => 4 * random.normal());
  return [before, before.map((logit) => logit + by * random.normal())];
}

/** Over the whole vocabulary. */
function fullDivergence(before: Float32Array, now: Float32Array): number {
  const normal = (logits: Float32Array): number[] => {
    const powers = Array.from(logits, Math.exp);
    const sum = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / sum);
  };
  const [p, q] = [normal(before), normal(now)];
  return p.reduce((sum, each, i) => sum + each * Math.log(each / (q[i] as number)), 0);
}

describe("divergenceFrom", () => {
  it("is Σ p·ln(p/q), whatever constant the logits have", () => {
    const now = shares(0.25, 0.5, 0.25).map((logit) => logit + 7);
    expect(divergenceOf(shares(0.5, 0.25, 0.25), now)).toBeCloseTo(0.25 * Math.log(2), 6);
  });

  it("is nothing where nothing moved", () => {
    const [before] = movedLogits(5000, 0);
    expect(divergenceOf(before, before)).toBeLessThan(1e-9);
  });

  it("has no bias where most of the vocabulary is not remembered", () => {
    const [before, now] = movedLogits(2000, 0.5);
    const whole = fullDivergence(before, now);
    const estimates = Array.from({ length: 200 }, (_, seed) => divergenceOf(before, now, seed));
    const mean = estimates.reduce((sum, each) => sum + each, 0) / estimates.length;
    expect(Math.abs(mean - whole)).toBeLessThan(0.03 * whole);
    expect(new Set(estimates).size).toBeGreaterThan(1);
  });

  it("stays a number where a token was sure and is impossible now", () => {
    const sure = Float32Array.from({ length: 100 }, (_, i) => (i === 0 ? 90 : 0));
    const gone = Float32Array.from({ length: 100 }, (_, i) => (i === 1 ? 90 : 0));
    expect(divergenceOf(sure, gone)).toBeCloseTo(90, 3);
    expect(divergenceOf(gone, sure)).toBeCloseTo(90, 3);
  });
});
