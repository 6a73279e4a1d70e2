import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logSoftmaxRows, logSumExp, topIndices } from "./distribution.ts";

const finite = fc.double({ min: -30, max: 30, noNaN: true });

describe("logSoftmaxRows", () => {
  it("makes every row's probabilities add up to 1", () => {
    const rows = fc.array(fc.array(finite, { minLength: 3, maxLength: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(rows, (logits) => {
        const flat = Float32Array.from(logits.flat());
        logSoftmaxRows(flat, 3);
        for (let at = 0; at < flat.length; at += 3) {
          const sum = flat.subarray(at, at + 3).reduce((a, b) => a + Math.exp(b), 0);
          expect(sum).toBeCloseTo(1, 4);
        }
      }),
    );
  });

  it("survives logits that overflow exp", () => {
    const row = Float32Array.of(1000, 1000);
    logSoftmaxRows(row, 2);
    expect(row[0]).toBeCloseTo(Math.log(0.5), 5);
  });
});

describe("topIndices", () => {
  it("equals the head of a full sort", () => {
    fc.assert(
      fc.property(fc.uniqueArray(finite), fc.integer({ min: 1, max: 5 }), (scores, count) => {
        const sorted = scores.map((_, i) => i);
        sorted.sort((a, b) => (scores[b] as number) - (scores[a] as number));
        expect(topIndices(scores, count)).toEqual(sorted.slice(0, count));
      }),
    );
  });

  it("never lists an impossible item", () => {
    expect(topIndices([-Infinity, -1, -Infinity], 3)).toEqual([1]);
  });
});

describe("logSumExp", () => {
  it("is the logarithm of the sum", () => {
    expect(logSumExp([Math.log(0.25), Math.log(0.5)])).toBeCloseTo(Math.log(0.75), 12);
    expect(logSumExp([-Infinity, -Infinity])).toBe(-Infinity);
  });
});
