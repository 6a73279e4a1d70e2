import { describe, expect, it } from "vitest";
import { mcNemar } from "./mcnemar.ts";

describe("mcNemar", () => {
  it("is twice the tail of a fair coin", () => {
    expect(mcNemar(5, 0)).toBeCloseTo(2 / 32, 12);
    expect(mcNemar(1, 4)).toBeCloseTo((2 * (1 + 5)) / 32, 12);
    expect(mcNemar(4, 1)).toBeCloseTo(mcNemar(1, 4), 12);
  });

  it("is 1 where nothing changed sides, or as much both ways", () => {
    expect(mcNemar(0, 0)).toBe(1);
    expect(mcNemar(3, 3)).toBe(1);
  });

  it("counts thousands of questions, too", () => {
    expect(mcNemar(1000, 1000)).toBe(1);
    // The normal approximation with the correction for continuity: z = 99 / √2000.
    expect(mcNemar(950, 1050)).toBeCloseTo(0.02686, 4);
  });
});
