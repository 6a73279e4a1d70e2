// Tensors of the reference interpreter: every number a float64, whatever the element type says.
// Plain loops that can be seen to be right; nothing here is fast.

import type { DataType, TensorLiteral } from "../../../src/onnx/index.ts";
import { numbersOf } from "../../../src/onnx/index.ts";

/** Numbers in row-major order; truth values are 0 and 1. */
export interface RefTensor {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** An index into a tensor, one entry per axis. */
export type Index = readonly number[];

export const countOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export function tensor(
  dtype: DataType,
  dims: readonly number[],
  values: ArrayLike<number>,
): RefTensor {
  if (values.length !== countOf(dims)) {
    throw new Error(`[${dims.join(", ")}] needs ${countOf(dims)} values, got ${values.length}`);
  }
  return { dtype, dims, data: Float64Array.from(values) };
}

export const fromLiteral = (literal: TensorLiteral): RefTensor =>
  tensor(literal.dtype, literal.dims, numbersOf(literal));

export const filled = (dtype: DataType, dims: readonly number[], value: number): RefTensor => ({
  dtype,
  dims,
  data: new Float64Array(countOf(dims)).fill(value),
});

/** All indices of a tensor of these sizes in row-major order. */
export function* indicesOf(dims: readonly number[]): Generator<Index> {
  const index = dims.map(() => 0);
  for (let left = countOf(dims); left > 0; left--) {
    yield [...index];
    // The last axis runs fastest; one that is through starts again and moves the one before it.
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (index[axis] as number) + 1;
      index[axis] = next === dims[axis] ? 0 : next;
      if (next !== dims[axis]) break;
    }
  }
}

/** The place of `index` in row-major order. */
export function flatIndex(dims: readonly number[], index: Index): number {
  if (index.length !== dims.length) {
    throw new Error(`index [${index.join()}] of a tensor [${dims.join()}]`);
  }
  return dims.reduce((flat, size, axis) => {
    const at = index[axis] as number;
    if (!(at >= 0 && at < size)) throw new Error(`index ${at} of an axis of ${size}`);
    return flat * size + at;
  }, 0);
}

export const read = (x: RefTensor, index: Index): number =>
  x.data[flatIndex(x.dims, index)] as number;

/** Reads as if `x` were repeated along its axes of size 1 and its missing leading axes. */
export function readBroadcast(x: RefTensor, index: Index): number {
  const own = index.slice(index.length - x.dims.length);
  return read(
    x,
    own.map((at, axis) => (x.dims[axis] === 1 ? 0 : at)),
  );
}

/** A tensor whose element at each index is `value(index)`. */
export function build(
  dtype: DataType,
  dims: readonly number[],
  value: (index: Index) => number,
): RefTensor {
  return { dtype, dims, data: Float64Array.from(indicesOf(dims), value) };
}

/** Sizes after multidirectional broadcasting. */
export function broadcastDims(all: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...all.map((dims) => dims.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = all.map((dims) => dims[dims.length - rank + axis] ?? 1).filter((n) => n !== 1);
    if (new Set(sizes).size > 1) throw new Error(`[${all.join("] [")}] do not broadcast`);
    return sizes[0] ?? 1;
  });
}

/** A possibly negative axis as [0, rank). */
export const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

export const isFloatType = (dtype: DataType): boolean => /float/.test(dtype);
