// Weights in fewer bits: float32 matrices → int8 per output channel, or 4 and 8 bits per block in
// the layout of ONNX Runtime's MatMulNBits. Pure arithmetic; knows neither files nor graphs.
// Letters: Y = X·W, X [M, K], W [K, N].

import { AppError, invariant } from "../base/index.ts";

/** A weight matrix W as it lies in memory. */
export interface WeightMatrix {
  readonly data: Float32Array;
  readonly k: number;
  readonly n: number;
  /** `KN` as ONNX MatMul takes it, `NK` as PyTorch's Linear and safetensors store it. */
  readonly layout: "KN" | "NK";
}

/** Int8 with one scale per output channel: W ≈ codes · scales, zero point 0. */
export interface ChannelQuantised {
  /** int8 [K, N], between -limit and limit. */
  readonly codes: Int8Array;
  /** float32 [N], positive. */
  readonly scales: Float32Array;
}

/** Blocks along K with one scale each, as com.microsoft.MatMulNBits takes them. */
export interface BlockQuantised {
  readonly bits: 4 | 8;
  readonly blockSize: number;
  readonly k: number;
  readonly n: number;
  /**
   * uint8 [N, ceil(K / blockSize), blockSize · bits / 8]; of two 4-bit codes the low one is first.
   */
  readonly codes: Uint8Array;
  /** float32 [N, ceil(K / blockSize)]; may be negative. */
  readonly scales: Float32Array;
  /** uint8 [N, ceil(ceil(K / blockSize) · bits / 8)], packed alike; absent means 2^(bits - 1). */
  readonly zeroPoints?: Uint8Array;
}

export interface BlockQuantisation {
  readonly bits: 4 | 8;
  /** A power of two, at least 16. */
  readonly blockSize: number;
  /** Whether zero lies in the middle of the codes (faster), or each block has a zero point. */
  readonly symmetric: boolean;
}

/** Below this, a channel or block counts as zero: its scale would lose precision in float32. */
const NEGLIGIBLE = 1e-30;

/** Int8 with one scale per row: row i ≈ codes[i] · scales[i]. */
export interface RowQuantised {
  /** int8 [rows, columns], between -limit and limit. */
  readonly codes: Int8Array;
  /** float32 [rows], positive. */
  readonly scales: Float32Array;
}

/** `limit` 127 uses the whole range; 63 halves it, see {@link quantiseChannels}. */
export type Int8Limit = 127 | 63;

/**
 * Rounds each row of a matrix to int8; the error of an element is at most half its row's scale.
 * Throws `damaged_file` when it holds a NaN or an infinity.
 */
export function quantiseRows(
  data: Float32Array,
  columns: number,
  limit: Int8Limit = 127,
): RowQuantised {
  const rows = columns === 0 ? 0 : data.length / columns;
  requireFinite({ data, k: columns, n: rows, layout: "NK" });
  const scales = new Float32Array(rows);
  const codes = new Int8Array(data.length);
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    const end = start + columns;
    let largest = 0;
    for (let i = start; i < end; i++) {
      const magnitude = Math.abs(data[i] as number);
      if (magnitude > largest) largest = magnitude;
    }
    scales[row] = largest < NEGLIGIBLE ? 1 : largest / limit;
    const scale = scales[row] as number;
    for (let i = start; i < end; i++) {
      codes[i] = clampedRound((data[i] as number) / scale, -limit, limit);
    }
  }
  return { codes, scales };
}

/**
 * Rounds each column of W to int8; the error of an element is at most half its column's scale.
 * `limit` 127 uses the whole range; 63 halves it, so that pairs of products cannot saturate on
 * processors without VNNI. Throws `damaged_file` when W holds a NaN or an infinity.
 */
export function quantiseChannels(matrix: WeightMatrix, limit: Int8Limit = 127): ChannelQuantised {
  const { data, k, n, layout } = matrix;
  requireSize(matrix);
  const channels = layout === "NK" ? data : transposed(data, { rows: k, columns: n });
  const codes = new Int8Array(k * n);
  if (k === 0) return { codes, scales: new Float32Array(n).fill(1) };
  const rounded = quantiseRows(channels, k, limit);
  transposeInto(codes, rounded.codes, { rows: n, columns: k });
  return { codes, scales: rounded.scales };
}

type Matrix = Float32Array | Int8Array;

/** Both sides of a tile stay in the processor's cache. */
const TILE = 64;

/** Writes the transpose of `source` [rows, columns]. */
function transposeInto<T extends Matrix>(
  target: T,
  source: T,
  { rows, columns }: { readonly rows: number; readonly columns: number },
): void {
  for (let top = 0; top < rows; top += TILE) {
    const bottom = Math.min(rows, top + TILE);
    for (let left = 0; left < columns; left += TILE) {
      const right = Math.min(columns, left + TILE);
      for (let row = top; row < bottom; row++) {
        for (let column = left; column < right; column++) {
          target[column * rows + row] = source[row * columns + column] as number;
        }
      }
    }
  }
}

function transposed(
  source: Float32Array,
  size: { readonly rows: number; readonly columns: number },
): Float32Array {
  const target = new Float32Array(source.length);
  transposeInto(target, source, size);
  return target;
}

/**
 * Rounds blocks of `blockSize` elements along K to 4 or 8 bits; the error of an element is at most
 * the magnitude of its block's scale. Throws `damaged_file` when W holds a NaN or an infinity.
 */
export function quantiseBlocks(matrix: WeightMatrix, options: BlockQuantisation): BlockQuantised {
  const { k, n, data } = matrix;
  const { bits, blockSize, symmetric } = options;
  invariant(
    blockSize >= 16 && Number.isInteger(Math.log2(blockSize)),
    () => `block size ${blockSize} is not a power of two of at least 16`,
  );
  requireFinite(matrix);
  const [strideK, strideN] = stridesOf(matrix);
  const blockCount = Math.ceil(k / blockSize);
  const codes = new Uint8Array((n * blockCount * blockSize * bits) / 8);
  const scales = new Float32Array(n * blockCount);
  const zeroPointBytes = Math.ceil((blockCount * bits) / 8);
  const zeroPoints = symmetric ? undefined : new Uint8Array(n * zeroPointBytes);
  const block = new Float32Array(blockSize);
  const fit = symmetric ? fitSymmetric : fitAsymmetric;
  for (let column = 0; column < n; column++) {
    for (let b = 0; b < blockCount; b++) {
      for (let i = 0; i < blockSize; i++) {
        const row = b * blockSize + i;
        block[i] = row < k ? (data[row * strideK + column * strideN] as number) : 0;
      }
      const at = column * blockCount + b;
      const { scale, zeroPoint } = fit(block, bits);
      scales[at] = scale;
      for (let i = 0; i < blockSize; i++) {
        const code = codeOf(block[i] as number, scale, zeroPoint, bits);
        putCode(codes, at * blockSize + i, code, bits);
      }
      if (zeroPoints === undefined) continue;
      putCode(zeroPoints, (column * zeroPointBytes * 8) / bits + b, zeroPoint, bits);
    }
  }
  return { bits, blockSize, k, n, codes, scales, ...(zeroPoints && { zeroPoints }) };
}

/** The float32 matrix [K, N] that int8 codes stand for. */
export function dequantiseChannels({ codes, scales }: ChannelQuantised): Float32Array {
  return Float32Array.from(codes, (code, i) => code * (scales[i % scales.length] as number));
}

/** The float32 matrix [K, N] that block codes stand for, as MatMulNBits multiplies with it. */
export function dequantiseBlocks(quantised: BlockQuantised): Float32Array {
  const { bits, blockSize, k, n, codes, scales, zeroPoints } = quantised;
  const blockCount = Math.ceil(k / blockSize);
  const zeroPointBytes = Math.ceil((blockCount * bits) / 8);
  const values = new Float32Array(k * n);
  for (let column = 0; column < n; column++) {
    for (let row = 0; row < k; row++) {
      const b = Math.floor(row / blockSize);
      const at = column * blockCount + b;
      const zeroPoint = zeroPoints
        ? getCode(zeroPoints, (column * zeroPointBytes * 8) / bits + b, bits)
        : 2 ** (bits - 1);
      const code = getCode(codes, at * blockSize + (row % blockSize), bits);
      values[row * n + column] = (code - zeroPoint) * (scales[at] as number);
    }
  }
  return values;
}

interface Fit {
  /** A float32 value. */
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * The better, by squared error, of two scales: one that reaches the element of largest magnitude
 * from the side of the codes that has one more (finer steps), and one that reaches it from both
 * sides.
 */
function fitSymmetric(block: Float32Array, bits: 4 | 8): Fit {
  let extreme = 0;
  for (const value of block) {
    if (Math.abs(value) > Math.abs(extreme)) extreme = value;
  }
  const zeroPoint = 2 ** (bits - 1);
  if (Math.abs(extreme) < NEGLIGIBLE) return { scale: 1, zeroPoint };
  const fits = [-extreme / zeroPoint, Math.abs(extreme) / (zeroPoint - 1)].map((scale) => ({
    scale: Math.fround(scale),
    zeroPoint,
  })) as [Fit, Fit];
  const [finer, safer] = fits;
  return squaredError(block, finer, bits) < squaredError(block, safer, bits) ? finer : safer;
}

/** Spans the block's smallest to its largest element, and zero, which stays exact. */
function fitAsymmetric(block: Float32Array, bits: 4 | 8): Fit {
  let low = 0;
  let high = 0;
  for (const value of block) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const steps = 2 ** bits - 1;
  if (high - low < NEGLIGIBLE) return { scale: 1, zeroPoint: 2 ** (bits - 1) };
  const scale = Math.fround((high - low) / steps);
  return { scale, zeroPoint: clampedRound(-low / scale, 0, steps) };
}

function squaredError(block: Float32Array, { scale, zeroPoint }: Fit, bits: 4 | 8): number {
  let sum = 0;
  for (const value of block) {
    sum += ((codeOf(value, scale, zeroPoint, bits) - zeroPoint) * scale - value) ** 2;
  }
  return sum;
}

function codeOf(value: number, scale: number, zeroPoint: number, bits: 4 | 8): number {
  return clampedRound(value / scale + zeroPoint, 0, 2 ** bits - 1);
}

function clampedRound(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}

/** Stores code number `index` of an array that was zero there. */
function putCode(packed: Uint8Array, index: number, code: number, bits: 4 | 8): void {
  if (bits === 8) packed[index] = code;
  else packed[index >> 1] = (packed[index >> 1] as number) | (code << ((index & 1) * 4));
}

function getCode(packed: Uint8Array, index: number, bits: 4 | 8): number {
  if (bits === 8) return packed[index] as number;
  return ((packed[index >> 1] as number) >> ((index & 1) * 4)) & 15;
}

function requireSize({ data, k, n }: WeightMatrix): void {
  invariant(data.length === k * n, () => `${data.length} values for a matrix [${k}, ${n}]`);
}

function stridesOf(matrix: WeightMatrix): [strideK: number, strideN: number] {
  requireSize(matrix);
  const { k, n, layout } = matrix;
  return layout === "KN" ? [n, 1] : [1, k];
}

function requireFinite({ data, k, n, layout }: WeightMatrix): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const column = layout === "KN" ? at % n : Math.floor(at / k);
  throw new AppError(
    "damaged_file",
    `A weight matrix holds ${data[at]} in output channel ${column}, expected finite numbers; ` +
      "the training run that made it diverged. Go back to an earlier version.",
  );
}
