// Tensors as the rest of the program sees them: an element type, sizes, and a typed array that is
// shared with the engine, never copied on the way in.

import { Tensor } from "onnxruntime-node";

export type EngineTensor = Tensor;

/** float32 of this shape over the given memory. */
export function floatTensor(data: Float32Array, dims: readonly number[]): EngineTensor {
  return new Tensor("float32", data, dims);
}

/** int64 of this shape over the given memory. */
export function intTensor(data: BigInt64Array, dims: readonly number[]): EngineTensor {
  return new Tensor("int64", data, dims);
}

/** int64 of this shape from plain numbers (copied). */
export function intTensorOf(values: ArrayLike<number>, dims: readonly number[]): EngineTensor {
  const data = new BigInt64Array(values.length);
  for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i] as number);
  return intTensor(data, dims);
}
