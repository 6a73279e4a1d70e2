import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  DTYPE_BYTES,
  bytesOf,
  decodeFloat32,
  encodeFloat32,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  isDType,
} from "./dtype.ts";

const ALL_WORDS = Uint16Array.from({ length: 65536 }, (_, i) => i);

/** The value of a half by the definition of binary16, in float64. */
function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

/** Any float32 bit pattern, NaN payloads included. */
const anyWord = fc.integer({ min: 0, max: 0xffffffff });

function fromWords(...words: number[]): Float32Array {
  return new Float32Array(Uint32Array.from(words).buffer);
}

describe("float16", () => {
  it("widens every half to the value its definition gives", () => {
    const widened = float16ToFloat32(ALL_WORDS);
    const wrong = ALL_WORDS.filter((half) => !Object.is(widened[half], halfValue(half)));
    expect([...wrong]).toEqual([]);
  });

  it("returns every half to the same bits, NaN payloads included", () => {
    expect(float32ToFloat16(float16ToFloat32(ALL_WORDS))).toEqual(ALL_WORDS);
  });

  it("rounds to the nearest half, and a tie to the even one", () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const values = fromWords(word);
        const x = values[0] as number;
        const half = float32ToFloat16(values)[0] as number;
        if (Number.isNaN(x)) return Number.isNaN(halfValue(half));
        const magnitude = Math.min(half & 0x7fff, 0x7c00);
        const sign = Object.is(Math.sign(x), -0) || x < 0 ? 0x8000 : 0;
        if ((half & 0x8000) !== sign) return false;
        // Infinity rounds as the next step after the largest half would.
        const at = (m: number): number => (m === 0x7c00 ? 65536 : halfValue(m));
        const size = Math.min(Math.abs(x), 65536);
        const error = Math.abs(size - at(magnitude));
        return [magnitude - 1, magnitude + 1]
          .filter((m) => m >= 0 && m <= 0x7c00)
          .every((m) => {
            const other = Math.abs(size - at(m));
            return error < other || (error === other && (magnitude & 1) === 0);
          });
      }),
      { numRuns: 5000 },
    );
  });

  it("rounds at the edges as IEEE 754 says", () => {
    const cases: [number, number][] = [
      [65504, 0x7bff],
      [65519.99, 0x7bff],
      [65520, 0x7c00],
      [-Infinity, 0xfc00],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [2 ** -25 * 1.0001, 1],
      [2 ** -24 * 1.5, 2],
      [2 ** -14 - 2 ** -25, 0x400],
      [-0, 0x8000],
      [1e-45, 0],
    ];
    const halves = float32ToFloat16(Float32Array.from(cases, ([value]) => value));
    expect([...halves]).toEqual(cases.map(([, half]) => half));
  });

  it("keeps a NaN a NaN when its payload lies below the bits of a half", () => {
    expect(float32ToFloat16(fromWords(0x7f800001, 0xff800001))).toEqual(
      Uint16Array.of(0x7e00, 0xfe00),
    );
  });
});

describe("bfloat16", () => {
  it("returns every word to the same bits, NaN payloads included", () => {
    const values = decodeFloat32("BF16", bytesOf(ALL_WORDS));
    expect(float32ToBfloat16(values)).toEqual(ALL_WORDS);
  });

  it("rounds to the nearest word, and a tie to the even one", () => {
    fc.assert(
      fc.property(anyWord, (word) => {
        const values = fromWords(word);
        const result = float32ToBfloat16(values)[0] as number;
        if (Number.isNaN(values[0])) return (result & 0x7fff) > 0x7f80;
        const error = Math.abs(result * 65536 - word);
        return error < 32768 || (error === 32768 && (result & 1) === 0);
      }),
      { numRuns: 5000 },
    );
  });

  it("keeps a NaN a NaN when its payload lies in the lower half", () => {
    expect(float32ToBfloat16(fromWords(0x7f800001))).toEqual(Uint16Array.of(0x7fc0));
  });
});

describe("decodeFloat32", () => {
  it("widens float8 as its two definitions say", () => {
    const bytes = Uint8Array.of(0x00, 0x01, 0x08, 0x38, 0x7e, 0x7f, 0xb8);
    expect([...decodeFloat32("F8_E4M3", bytes)]).toEqual([0, 2 ** -9, 2 ** -6, 1, 448, NaN, -1]);
    const others = Uint8Array.of(0x00, 0x01, 0x3c, 0x7b, 0x7c, 0x7d, 0xbc);
    expect([...decodeFloat32("F8_E5M2", others)]).toEqual([
      0,
      2 ** -16,
      1,
      57344,
      Infinity,
      NaN,
      -1,
    ]);
  });

  it("rounds float64 to nearest", () => {
    const bytes = bytesOf(Float64Array.of(0.1, 1e300, -2));
    expect([...decodeFloat32("F64", bytes)]).toEqual([Math.fround(0.1), Infinity, -2]);
  });

  it("accepts bytes that start at an odd address", () => {
    for (const dtype of ["F32", "F16", "BF16"] as const) {
      const encoded = encodeFloat32(dtype, Float32Array.of(1.5, -2));
      // A slice of a Buffer is no copy, and so as odd as before.
      for (const memory of [new Uint8Array(encoded.length + 1), Buffer.alloc(encoded.length + 1)]) {
        const shifted = memory.subarray(1);
        shifted.set(encoded);
        expect([...decodeFloat32(dtype, shifted)]).toEqual([1.5, -2]);
      }
    }
  });

  it("is the inverse of encoding wherever the narrow type holds the value", () => {
    const narrow = fc.array(fc.integer({ min: -128, max: 128 }), { maxLength: 50 });
    fc.assert(
      fc.property(narrow, fc.constantFrom("F32", "F16", "BF16"), (integers, dtype) => {
        const values = Float32Array.from(integers, (n) => n / 64);
        expect(decodeFloat32(dtype, encodeFloat32(dtype, values))).toEqual(values);
      }),
    );
  });

  it("refuses integer tensors", () => {
    expect(() => decodeFloat32("I64", new Uint8Array(8))).toThrow(/dtype I64 .* one of F64/);
  });
});

describe("isDType", () => {
  it("knows the fifteen dtypes and no others", () => {
    expect(Object.keys(DTYPE_BYTES).every(isDType)).toBe(true);
    expect(Object.keys(DTYPE_BYTES)).toHaveLength(15);
    expect([isDType("toString"), isDType("C64"), isDType(3)]).toEqual([false, false, false]);
  });
});
