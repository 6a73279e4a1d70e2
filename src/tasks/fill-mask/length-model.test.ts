import { describe, expect, it } from "vitest";
import {
  fitLengths,
  logLengthShares,
  UNFITTED_LENGTHS,
  type LengthExample,
} from "./length-model.ts";

const evidence = (...peaks: number[]) => peaks.map((peak) => ({ peak, mass: peak }));

describe("logLengthShares", () => {
  it("gives shares that add up to 1 and nothing to a length without words", () => {
    const shares = logLengthShares(UNFITTED_LENGTHS, evidence(-1, -2, -Infinity, -3)).map(Math.exp);
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(shares[2]).toBe(0);
  });

  it("prefers the length whose best word the model is surer of", () => {
    const sure = logLengthShares({ ...UNFITTED_LENGTHS, bias: [0, 0, 0, 0] }, evidence(-8, -1));
    expect(sure[1]).toBeGreaterThan(sure[0] as number);
  });
});

describe("fitLengths", () => {
  it("recovers which length is commoner and that evidence counts", () => {
    const examples: LengthExample[] = [];
    for (let i = 0; i < 200; i++) {
      const length = i % 4 === 0 ? 1 : 2;
      // The true length's peak is usually, not always, the higher one.
      const right = i % 5 === 0 ? -4 : -1;
      const peaks = [-3, -3, -9, -9];
      peaks[length - 1] = right;
      examples.push({ evidence: evidence(...peaks), length });
    }
    const model = fitLengths(examples);
    expect(model.bias[1]).toBeGreaterThan(model.bias[0] as number);
    expect(model.peakWeight + model.massWeight).toBeGreaterThan(0.2);
  });
});
