import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { dequantiseChannels } from "../../test/helpers/dequantised.ts";
import { quantiseChannels, quantiseRows, type WeightMatrix } from "./quantisation.ts";

const anyWeight = fc.oneof(
  fc.float({ min: -2, max: 2, noNaN: true }),
  fc.constantFrom(0, 1e-38, -1e-38, 1e30, -1e30),
);

const anyMatrix = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 5 }))
  .chain(([k, n]) =>
    fc
      .array(anyWeight, { minLength: k * n, maxLength: k * n })
      .map((values): WeightMatrix => ({ data: Float32Array.from(values), k, n, layout: "KN" })),
  );

/** The same matrix as [N, K]. */
function transposed({ data, k, n }: WeightMatrix): WeightMatrix {
  const turned = Float32Array.from(data, (_, i) => data[(i % k) * n + Math.floor(i / k)] as number);
  return { data: turned, k, n, layout: "NK" };
}

/** The largest of |a - b| - bound over all elements, or 0. */
function excess(a: Float32Array, b: Float32Array, bound: (index: number) => number): number {
  return a.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b[i] as number)) - bound(i)), 0);
}

describe("quantiseChannels", () => {
  it("is off by at most half a step of the column", () => {
    fc.assert(
      fc.property(anyMatrix, fc.constantFrom(127, 63), (matrix, limit) => {
        const quantised = quantiseChannels(matrix, limit);
        const bound = (i: number): number =>
          Math.max((quantised.scales[i % matrix.n] as number) * 0.50001, 1e-30);
        const restored = dequantiseChannels(quantised);
        const negligible = matrix.data.map((x) => (Math.abs(x) < 1e-30 ? 0 : x));
        expect(excess(restored, negligible, bound)).toBe(0);
        expect(quantised.codes.every((code) => Math.abs(code) <= limit)).toBe(true);
      }),
    );
  });

  it("reaches the limit in every column that is not zero", () => {
    const data = Float32Array.of(0.5, 0, -3, -1, 0, 1);
    const { codes, scales } = quantiseChannels({ data, k: 2, n: 3, layout: "KN" });
    expect([...codes]).toEqual([64, 0, -127, -127, 0, 42]);
    expect([...scales]).toEqual([1 / 127, 1, 3 / 127].map(Math.fround));
  });

  it("gives the same codes for both layouts", () => {
    fc.assert(
      fc.property(anyMatrix, (matrix) => {
        expect(quantiseChannels(transposed(matrix))).toEqual(quantiseChannels(matrix));
      }),
    );
  });

  it("is the rounding of rows, turned", () => {
    fc.assert(
      fc.property(anyMatrix, (matrix) => {
        const { data, k, n } = transposed(matrix);
        fc.pre(k > 0);
        const rows = quantiseRows(data, k);
        const { codes, scales } = quantiseChannels(matrix);
        expect(scales).toEqual(rows.scales);
        const turned = codes.map((_, i) => codes[(i % k) * n + Math.floor(i / k)] as number);
        expect(turned).toEqual(rows.codes);
      }),
    );
  });

  it.each([NaN, Infinity, -Infinity])("refuses %d", (bad) => {
    const data = Float32Array.of(1, bad, 1, 1);
    const matrix: WeightMatrix = { data, k: 2, n: 2, layout: "KN" };
    expect(() => quantiseChannels(matrix)).toThrow(/output channel 1, expected finite/);
  });
});
