// The element types of safetensors files and their conversion from and to float32. Bits in, bits
// out: every conversion works on integer views, so that NaN payloads survive. Assumes a
// little-endian host, as ONNX Runtime's prebuilt binaries do.

import { AppError, invariant } from "../base/index.ts";

/** Bytes per element of every supported safetensors dtype. */
export const DTYPE_BYTES = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
} as const;

export type DType = keyof typeof DTYPE_BYTES;

/** The dtypes that float32 weights can be stored in. */
export type WeightDType = "F32" | "F16" | "BF16";

/** Whether `name` is a dtype this program can read, as written in a safetensors header. */
export function isDType(name: unknown): name is DType {
  return typeof name === "string" && Object.hasOwn(DTYPE_BYTES, name);
}

/**
 * Converts the raw bytes of a float tensor to float32, into `target` or a new array.
 * F64 is rounded to nearest; the narrower types are exact.
 * Throws `unsupported_model` for integer and boolean dtypes, which are never weights.
 */
export function decodeFloat32(
  dtype: DType,
  bytes: Uint8Array,
  target: Float32Array = new Float32Array(bytes.length / DTYPE_BYTES[dtype]),
): Float32Array {
  invariant(
    bytes.length === target.length * DTYPE_BYTES[dtype],
    () => `${bytes.length} bytes of ${dtype} do not fill ${target.length} float32 values`,
  );
  switch (dtype) {
    case "F32":
      bytesOf(target).set(bytes);
      return target;
    case "F64":
      target.set(new Float64Array(...viewArguments(bytes, 8)));
      return target;
    case "F16":
      return lookUp(halfTable(), new Uint16Array(...viewArguments(bytes, 2)), target);
    case "BF16":
      return widenBfloat16(new Uint16Array(...viewArguments(bytes, 2)), target);
    case "F8_E4M3":
      return lookUp(float8E4M3Table(), bytes, target);
    case "F8_E5M2":
      return lookUp(float8E5M2Table(), bytes, target);
    case "I64":
    case "U64":
    case "I32":
    case "U32":
    case "I16":
    case "U16":
    case "I8":
    case "U8":
    case "BOOL":
      throw new AppError(
        "unsupported_model",
        `A tensor of dtype ${dtype} was asked for as float32; weights must be one of ` +
          "F64, F32, F16, BF16, F8_E4M3, F8_E5M2. Convert the checkpoint to one of these.",
      );
  }
}

/** Converts float32 values to raw bytes of `dtype`, rounding to nearest, ties to even. */
export function encodeFloat32(dtype: WeightDType, values: Float32Array): Uint8Array {
  if (dtype === "F32") return bytesOf(values).slice();
  return bytesOf(dtype === "F16" ? float32ToFloat16(values) : float32ToBfloat16(values));
}

/** IEEE 754 binary16 bits → float32; exact, NaN payloads kept. */
export function float16ToFloat32(halves: Uint16Array): Float32Array {
  return lookUp(halfTable(), halves, new Float32Array(halves.length));
}

/**
 * float32 → IEEE 754 binary16 bits, to nearest, ties to even; 65520 and above become infinity,
 * below 2^-14 subnormals. A NaN keeps the top ten bits of its payload and stays a NaN.
 */
export function float32ToFloat16(values: Float32Array): Uint16Array {
  const bits = wordsOf(values);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] as number;
    halves[i] = ((word >>> 16) & 0x8000) | halfMagnitude(word & 0x7fffffff);
  }
  return halves;
}

/** float32 → bfloat16 bits, to nearest, ties to even; a NaN stays a NaN. */
export function float32ToBfloat16(values: Float32Array): Uint16Array {
  const bits = wordsOf(values);
  const words = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i] as number;
    if ((word & 0x7fffffff) > 0x7f800000) {
      const high = word >>> 16;
      words[i] = (high & 0x7f) === 0 ? high | 0x40 : high;
    } else {
      words[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    }
  }
  return words;
}

/** The 15 magnitude bits of the half nearest to a float32 magnitude given as bits. */
function halfMagnitude(magnitude: number): number {
  if (magnitude >= 0x38800000) {
    if (magnitude < 0x477ff000) {
      return (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    }
    if (magnitude <= 0x7f800000) return 0x7c00;
    return 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
  }
  // At most half of the smallest subnormal, 2^-24: rounds to zero (the tie to even as well).
  if (magnitude <= 0x33000000) return 0;
  const shift = 126 - (magnitude >>> 23);
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const floor = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (floor & 1) === 1) ? floor + 1 : floor;
}

function widenBfloat16(words: Uint16Array, target: Float32Array): Float32Array {
  const bits = wordsOf(target);
  for (let i = 0; i < words.length; i++) bits[i] = (words[i] as number) << 16;
  return target;
}

function lookUp(
  table: Uint32Array,
  codes: Uint16Array | Uint8Array,
  target: Float32Array,
): Float32Array {
  const bits = wordsOf(target);
  for (let i = 0; i < codes.length; i++) bits[i] = table[codes[i] as number] as number;
  return target;
}

/** float32 bits of all 65,536 halves: 256 KiB, built once, on first use. */
const halfTable = once(() => Uint32Array.from({ length: 65536 }, (_, half) => halfToWord(half)));

/** E5M2 is the upper byte of a half. */
const float8E5M2Table = once(() =>
  Uint32Array.from({ length: 256 }, (_, byte) => halfToWord(byte << 8)),
);

/** E4M3 (the FN variant): bias 7, no infinities, the magnitude 0x7f is NaN. */
const float8E4M3Table = once(() =>
  Uint32Array.from({ length: 256 }, (_, byte) => {
    const sign = ((byte & 0x80) << 24) >>> 0;
    if ((byte & 0x7f) === 0x7f) return (sign | 0x7fc00000) >>> 0;
    const exponent = (byte >>> 3) & 15;
    const mantissa = byte & 7;
    const value = exponent === 0 ? mantissa * 2 ** -9 : (1 + mantissa / 8) * 2 ** (exponent - 7);
    return (sign | wordOf(value)) >>> 0;
  }),
);

function halfToWord(half: number): number {
  const sign = ((half & 0x8000) << 16) >>> 0;
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return (sign | 0x7f800000 | (mantissa << 13)) >>> 0;
  if (exponent === 0) return (sign | wordOf(mantissa * 2 ** -24)) >>> 0;
  return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
}

function wordOf(value: number): number {
  return wordsOf(Float32Array.of(value))[0] as number;
}

function wordsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The bytes of a typed array, shared, not copied. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Constructor arguments for a view of `bytes` in wider elements; copies when misaligned. */
function viewArguments(bytes: Uint8Array, elementBytes: number): [ArrayBufferLike, number, number] {
  const aligned = bytes.byteOffset % elementBytes === 0 ? bytes : new Uint8Array(bytes);
  return [aligned.buffer, aligned.byteOffset, bytes.length / elementBytes];
}

function once<T>(build: () => T): () => T {
  let value: T | undefined;
  return () => (value ??= build());
}
