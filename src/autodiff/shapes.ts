// Shapes in gradient graphs. A size is taken from what is known while building, else from a graph
// input (which lives throughout the run anyway), and only else from the tensor itself: reading the
// Shape of an activation would keep that activation in memory until then.

import type { Dim, GraphBuilder, Value } from "../onnx/index.ts";
import { sameShape } from "../onnx/index.ts";

export class Shapes {
  readonly #b: GraphBuilder;
  /** Symbol → the graph input and axis that carry it. */
  readonly #carriers = new Map<string, { input: Value; axis: number }>();
  readonly #vectors = new Map<string, Value>();

  constructor(b: GraphBuilder, inputs: readonly Value[]) {
    this.#b = b;
    for (const input of inputs) {
      for (const [axis, dim] of input.shape.entries()) {
        if (typeof dim === "string" && !this.#carriers.has(dim)) {
          this.#carriers.set(dim, { input, axis });
        }
      }
    }
  }

  /** int64 [rank]: the shape of `like`. */
  vector(like: Value): Value {
    const { shape } = like;
    if (shape.every((dim) => typeof dim === "number")) return this.#b.ints(...shape);
    const key = shape.join();
    const known = this.#vectors.get(key);
    if (known !== undefined) return known;
    const parts = shape.map((dim) => this.#size(dim));
    const all = parts.every((part) => part !== undefined);
    const vector = all ? this.#b.emit("Concat", parts, { axis: 0 }) : this.#b.emit("Shape", [like]);
    if (all) this.#vectors.set(key, vector);
    return vector;
  }

  /** int64 [1]: one axis size of `like`. */
  axis(like: Value, axis: number): Value {
    const dim = like.shape[axis] as Dim;
    return this.#size(dim) ?? this.#b.emit("Shape", [like], { start: axis, end: axis + 1 });
  }

  /** `value` with the shape of `like`, which has as many elements. */
  reshape(value: Value, like: Value): Value {
    const { shape } = like;
    if (sameShape(value.shape, shape)) return value;
    const open = shape.filter((dim) => typeof dim === "string").length;
    if (open <= 1 && !shape.includes(0)) {
      const sizes = shape.map((dim) => (typeof dim === "string" ? -1 : dim));
      return this.#b.emit("Reshape", [value, this.#b.constant("int64", [sizes.length], sizes)]);
    }
    // allowzero: an axis of size 0 means 0, not "as before".
    return this.#b.emit("Reshape", [value, this.vector(like)], { allowzero: 1 });
  }

  expand(value: Value, like: Value): Value {
    if (sameShape(value.shape, like.shape)) return value;
    return this.#b.emit("Expand", [value, this.vector(like)]);
  }

  /** Sums the axes along which `like` was broadcast to the shape of `value`. */
  sumTo(value: Value, like: Value): Value {
    const from = value.shape;
    const to = like.shape;
    if (sameShape(from, to)) return value;
    const extra = from.length - to.length;
    const missing = from.flatMap((_, i) => (i < extra ? [i] : []));
    const repeated = from.flatMap((dim, i) => (to[i - extra] === 1 && dim !== 1 ? [i] : []));
    const axes = this.#b.ints(...missing, ...repeated);
    if (repeated.length === 0) {
      // Nothing to sum where the two only spell a size differently.
      return extra === 0 ? value : this.#b.emit("ReduceSum", [value, axes], { keepdims: 0 });
    }
    const summed = this.#b.emit("ReduceSum", [value, axes], { keepdims: 1 });
    if (extra === 0) return summed;
    return this.#b.emit("Squeeze", [summed, this.#b.ints(...missing)]);
  }

  /** int64 [1] of a known or input-carried size; undefined where neither tells it. */
  #size(dim: Dim): Value | undefined {
    if (typeof dim === "number") return this.#b.ints(dim);
    const cached = this.#vectors.get(dim);
    if (cached !== undefined) return cached;
    const factors = dim.split("*").map((factor) => {
      if (/^\d+$/.test(factor)) return this.#b.ints(Number(factor));
      const carrier = this.#carriers.get(factor);
      if (carrier === undefined) return undefined;
      const { input, axis } = carrier;
      return this.#b.emit("Shape", [input], { start: axis, end: axis + 1 });
    });
    if (!factors.every((factor) => factor !== undefined)) return undefined;
    const size = factors.reduce((a, b) => this.#b.emit("Mul", [a, b]));
    this.#vectors.set(dim, size);
    return size;
  }
}
