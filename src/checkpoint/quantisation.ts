// Weights in fewer bits: float32 matrices → int8 per output channel. Pure arithmetic; knows neither
// files nor graphs. Letters: Y = X·W, X [M, K], W [K, N].

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

/** Below this, a channel counts as zero: its scale would lose precision in float32. */
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
  requireFinite(data, columns);
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

function clampedRound(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(value)));
}

function requireSize({ data, k, n }: WeightMatrix): void {
  invariant(data.length === k * n, () => `${data.length} values for a matrix [${k}, ${n}]`);
}

/** `columns` of `data` belong to one output channel. */
function requireFinite(data: Float32Array, columns: number): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new AppError(
    "damaged_file",
    `A weight matrix holds ${data[at]} in output channel ${Math.floor(at / columns)}, expected ` +
      "finite numbers; the training run that made it diverged. Go back to an earlier version.",
  );
}
