import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { calibrationError, calibrationInterval, type JudgedAnswer } from "./calibration.ts";

/** Answers given with confidence `confidence` that are right with probability `accuracy`. */
function answersOf(
  count: number,
  { confidence, accuracy, seed }: Record<"confidence" | "accuracy" | "seed", number>,
): JudgedAnswer[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => ({ confidence, isRight: random.next() < accuracy }));
}

describe("calibrationError", () => {
  it("weighs the gap of each bin by its share of the answers", () => {
    const sure = Array.from({ length: 3 }, () => ({ confidence: 0.95, isRight: true }));
    const unsure = { confidence: 0.25, isRight: true };
    expect(calibrationError([...sure, unsure])).toBeCloseTo((3 * 0.05 + 0.75) / 4, 12);
  });

  it("lets answers of one bin make up for each other", () => {
    const answers = [0.5, 0.5].map((confidence, i) => ({ confidence, isRight: i === 0 }));
    expect(calibrationError(answers)).toBe(0);
  });
});

describe("calibrationInterval", () => {
  const settings = { confidence: 0.85, accuracy: 0.7, seed: 3 };

  it("is what the normal approximation says where one bin has it all", () => {
    const answers = answersOf(2000, settings);
    const { low = NaN, high = NaN } = calibrationInterval(answers) ?? {};
    const error = calibrationError(answers);
    // The gap is a mean of 2000 outcomes, each with the variance p·(1 − p).
    const half = 1.96 * Math.sqrt((0.7 * 0.3) / 2000);
    expect(Math.abs(error - half - low)).toBeLessThan(0.1 * half);
    expect(Math.abs(error + half - high)).toBeLessThan(0.1 * half);
  });

  it("holds the true error in most draws", () => {
    const held = Array.from({ length: 40 }, (_, seed) => {
      const { low, high } = calibrationInterval(answersOf(150, { ...settings, seed })) ?? {};
      return low !== undefined && high !== undefined && low <= 0.15 && 0.15 <= high;
    }).filter(Boolean).length;
    expect(held).toBeGreaterThanOrEqual(34);
  });

  it("is the same for the same answers, a point for one, and null for none", () => {
    const answers = answersOf(50, settings);
    expect(calibrationInterval(answers)).toEqual(calibrationInterval(answers));
    const alone = { confidence: 0.9, isRight: false };
    expect(calibrationInterval([alone])).toEqual({ low: 0.9, high: 0.9 });
    expect(calibrationInterval([])).toBeNull();
  });
});
