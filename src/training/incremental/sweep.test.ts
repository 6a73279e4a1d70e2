import { describe, expect, it } from "vitest";

import { chooseAlpha, type SweepPoint } from "./sweep.ts";
import { fitTemperature } from "./temperature.ts";

const point = (alpha: number, facts: Partial<SweepPoint>): SweepPoint => {
  return { alpha, heldOutAccuracy: 0.5, heldOutLoss: 1, probeLoss: 0, ...facts };
};

describe("chooseAlpha", () => {
  const limits = { driftLimit: 0.01, heldOutCount: 100 };

  it("takes the largest gain within the drift budget", () => {
    const points = [
      point(0.5, { heldOutAccuracy: 0.8 }),
      point(0.75, { heldOutAccuracy: 0.9, probeLoss: 0.01 }),
      point(1, { heldOutAccuracy: 1, probeLoss: 0.02 }),
    ];
    expect(chooseAlpha(points, limits).alpha).toBe(0.75);
    expect(chooseAlpha(points, { ...limits, driftLimit: 0.02 }).alpha).toBe(1);
  });

  it("goes farther where the held-out samples cannot tell the difference", () => {
    const points = [
      point(0.5, { heldOutAccuracy: 0.6 }),
      point(0.75, { heldOutAccuracy: 0.8 }),
      point(1, { heldOutAccuracy: 0.78 }),
    ];
    expect(chooseAlpha(points, limits).alpha).toBe(1);
    expect(chooseAlpha(points, { ...limits, heldOutCount: 1000 }).alpha).toBe(0.75);
  });

  it("goes least far when all forget too much", () => {
    const points = [point(0.5, { probeLoss: 0.1 }), point(1, { probeLoss: 0.1 })];
    expect(chooseAlpha(points, limits).alpha).toBe(0.5);
  });
});

describe("fitTemperature", () => {
  it.each([0.7, 1, 1.6])("finds the temperature %d that made the tokens", (temperature) => {
    // Every token as often as its probability under the true temperature says.
    const logits = Float32Array.of(2, 1, 0, -1);
    const weights = [...logits].map((logit) => Math.exp(logit / temperature));
    const total = weights.reduce((a, b) => a + b, 0);
    const tokens = weights.flatMap((weight, label) =>
      Array.from({ length: Math.round((2000 * weight) / total) }, () => ({ logits, label })),
    );
    expect(fitTemperature(tokens)).toBeCloseTo(temperature, 1);
  });

  it("is 1 without tokens", () => {
    expect(fitTemperature([])).toBe(1);
  });
});
