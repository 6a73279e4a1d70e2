// Constant tensors from and to plain numbers.

import { AppError } from "../base/index.ts";
import type { DataType } from "./data-type.ts";
import { elementBytes } from "./data-type.ts";
import type { TensorLiteral } from "./graph.ts";
import { isExternal } from "./graph.ts";

const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** A literal of any numeric type from numbers in row-major order. */
export function literal(
  dtype: DataType,
  dims: readonly number[],
  values: ArrayLike<number>,
): TensorLiteral {
  if (values.length !== count(dims)) {
    throw new AppError(
      "unsupported_graph",
      `a tensor [${dims.join(", ")}] needs ${count(dims)} values, got ${values.length}`,
    );
  }
  if (dtype === "float32" && values instanceof Float32Array) {
    return {
      dtype,
      dims,
      bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    };
  }
  const bytes = new Uint8Array(values.length * elementBytes(dtype));
  const view = new DataView(bytes.buffer);
  const write = WRITERS[dtype];
  if (write === undefined) {
    throw new AppError("unsupported_graph", `no literal of numbers in element type ${dtype}`);
  }
  for (let i = 0; i < values.length; i++) write(view, i, values[i] as number);
  return { dtype, dims, bytes };
}

/** The numbers of a literal; int64 beyond 2^53 loses precision, external data is refused. */
export function numbersOf(tensor: TensorLiteral): number[] {
  if (isExternal(tensor.bytes)) {
    throw new AppError("unsupported_graph", `values of ${tensor.bytes.location} are not in memory`);
  }
  const read = READERS[tensor.dtype];
  if (read === undefined) {
    throw new AppError("unsupported_graph", `cannot read numbers of element type ${tensor.dtype}`);
  }
  const { bytes } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count(tensor.dims) }, (_, i) => read(view, i));
}

type Writer = (view: DataView, index: number, value: number) => void;
type Reader = (view: DataView, index: number) => number;

const WRITERS: Partial<Record<DataType, Writer>> = {
  float32: (view, i, value) => view.setFloat32(i * 4, value, true),
  float64: (view, i, value) => view.setFloat64(i * 8, value, true),
  int64: (view, i, value) => view.setBigInt64(i * 8, BigInt(value), true),
  int32: (view, i, value) => view.setInt32(i * 4, value, true),
  int8: (view, i, value) => view.setInt8(i, value),
  uint8: (view, i, value) => view.setUint8(i, value),
  bool: (view, i, value) => view.setUint8(i, value === 0 ? 0 : 1),
};

const READERS: Partial<Record<DataType, Reader>> = {
  float32: (view, i) => view.getFloat32(i * 4, true),
  float64: (view, i) => view.getFloat64(i * 8, true),
  int64: (view, i) => Number(view.getBigInt64(i * 8, true)),
  int32: (view, i) => view.getInt32(i * 4, true),
  int8: (view, i) => view.getInt8(i),
  uint8: (view, i) => view.getUint8(i),
  bool: (view, i) => view.getUint8(i),
};
