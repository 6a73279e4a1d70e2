// The weights of a model in memory: plain float32 tensors by name. Knows neither files nor engines;
// checkpoint fills it, models and training read it.

/** A dense row-major float32 tensor; `data.length` is the product of `shape` (1 for a scalar). */
export interface Tensor32 {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by name; a tied tensor appears under both names with the same `data`. */
export type Weights = ReadonlyMap<string, Tensor32>;

/** The number of elements of a tensor: the product of its axes, 1 for a scalar. */
export function elementCountOf(shape: readonly number[]): number {
  return shape.reduce((product, axis) => product * axis, 1);
}
