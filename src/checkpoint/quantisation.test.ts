import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  dequantiseBlocks,
  dequantiseChannels,
  quantiseBlocks,
  quantiseChannels,
  quantiseRows,
  type BlockQuantisation,
  type WeightMatrix,
} from "./quantisation.ts";

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

const anyOptions: fc.Arbitrary<BlockQuantisation> = fc.record({
  bits: fc.constantFrom(4, 8),
  blockSize: fc.constantFrom(16, 32),
  symmetric: fc.boolean(),
});

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

describe("quantiseBlocks", () => {
  it("is off by at most one step of the block", () => {
    fc.assert(
      fc.property(anyMatrix, anyOptions, (matrix, options) => {
        const quantised = quantiseBlocks(matrix, options);
        const { n } = matrix;
        const blockCount = Math.ceil(matrix.k / options.blockSize);
        const bound = (i: number): number => {
          const block = Math.floor(Math.floor(i / n) / options.blockSize);
          const scale = quantised.scales[(i % n) * blockCount + block] as number;
          return Math.max(Math.abs(scale) * 1.00001, 1e-30);
        };
        expect(excess(dequantiseBlocks(quantised), matrix.data, bound)).toBe(0);
      }),
    );
  });

  it("packs as MatMulNBits reads: blocks per output channel, low nibble first", () => {
    const data = Float32Array.from({ length: 20 }, (_, i) => (i < 16 ? i - 8 : 16 - i));
    const matrix: WeightMatrix = { data, k: 20, n: 1, layout: "NK" };
    const { codes, scales } = quantiseBlocks(matrix, { bits: 4, blockSize: 16, symmetric: true });
    expect([...scales]).toEqual([1, Math.fround(3 / 8)]);
    expect(Buffer.from(codes).toString("hex")).toBe("1032547698badcfe5803888888888888");
  });

  it("packs zero points two to a byte, each output channel from a new byte", () => {
    const data = Float32Array.from({ length: 96 }, (_, i) => (i % 16) + (i < 48 ? 0 : -15));
    const matrix: WeightMatrix = { data, k: 48, n: 2, layout: "NK" };
    const options = { bits: 4, blockSize: 16, symmetric: false } as const;
    const { zeroPoints, scales } = quantiseBlocks(matrix, options);
    expect([...scales]).toEqual([1, 1, 1, 1, 1, 1]);
    expect([...(zeroPoints ?? [])]).toEqual([0x00, 0x00, 0xff, 0x0f]);
  });

  it("keeps zero exact and wins by squared error over the plain symmetric scale", () => {
    const anyBlock = fc.array(fc.float({ min: -1, max: 1, noNaN: true }), {
      minLength: 16,
      maxLength: 16,
    });
    fc.assert(
      fc.property(anyBlock, (values) => {
        const data = Float32Array.from([0, ...values.slice(1)]);
        const matrix: WeightMatrix = { data, k: 16, n: 1, layout: "KN" };
        const largest = Math.max(...data.map(Math.abs));
        fc.pre(largest > 1e-6);
        const plain = data.map((x) => Math.round((x / largest) * 7) * (largest / 7));
        for (const symmetric of [true, false]) {
          const options = { bits: 4, blockSize: 16, symmetric } as const;
          const restored = dequantiseBlocks(quantiseBlocks(matrix, options));
          expect(Math.abs(restored[0] as number)).toBe(0);
          const error = (other: Float32Array): number =>
            data.reduce((sum, x, i) => sum + (x - (other[i] as number)) ** 2, 0);
          if (symmetric) expect(error(restored)).toBeLessThanOrEqual(error(plain) * 1.0001 + 1e-12);
        }
      }),
    );
  });

  it("gives the same codes for both layouts", () => {
    fc.assert(
      fc.property(anyMatrix, anyOptions, (matrix, options) => {
        expect(quantiseBlocks(transposed(matrix), options)).toEqual(
          quantiseBlocks(matrix, options),
        );
      }),
    );
  });

  it.each([NaN, Infinity, -Infinity])("refuses %d", (bad) => {
    const matrix: WeightMatrix = { data: Float32Array.of(1, bad), k: 2, n: 1, layout: "KN" };
    for (const symmetric of [true, false]) {
      const options = { bits: 8, blockSize: 16, symmetric } as const;
      expect(() => quantiseBlocks(matrix, options)).toThrow(/output channel 0, expected finite/);
    }
  });

  it("refuses block sizes that MatMulNBits does not know", () => {
    const matrix: WeightMatrix = { data: new Float32Array(), k: 0, n: 0, layout: "KN" };
    const quantise = (blockSize: number): unknown =>
      quantiseBlocks(matrix, { bits: 4, blockSize, symmetric: true });
    expect(() => quantise(8)).toThrow(/block size 8 is not/);
    expect(() => quantise(48)).toThrow(/block size 48 is not/);
  });
});
