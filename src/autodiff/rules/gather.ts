// Gradients of operators that pick elements by index: what was read is added back where it lay.

import type { Value } from "../../onnx/index.ts";
import { graphError, intAttribute, sizeOfShape, stringAttribute } from "../../onnx/index.ts";
import type { Scattered } from "../cotangents.ts";
import type { GradientRule, RuleTable, Vjp } from "../rule.ts";

/** `updates` belong at `indices`, as ScatterElements takes them, of something like `like`. */
function scattered(v: Vjp, like: Value, part: Omit<Scattered, "like" | "addTo">): Scattered {
  const { axis, indices, updates } = part;
  const attributes = { axis, reduction: "add" };
  const addTo = (base: Value): Value =>
    v.emit("ScatterElements", [base, indices, updates], attributes);
  return { like, ...part, addTo };
}

/** `indices` [n] repeated along all other axes of `updates`, as ScatterElements wants them. */
function repeatIndices(v: Vjp, indices: Value, updates: Value, axis: number): Value {
  const others = updates.shape.map((_, i) => i).filter((i) => i !== axis);
  const thin = others.length === 0 ? indices : v.emit("Unsqueeze", [indices, v.b.ints(...others)]);
  return v.emit("Expand", [thin, v.emit("Shape", [updates])]);
}

/** `value` with axes [from, to) joined into one; from = to inserts an axis of size 1. */
function joinAxes(v: Vjp, value: Value, from: number, to: number): Value {
  if (to === from + 1) return value;
  if (from === to) return v.emit("Unsqueeze", [value, v.b.ints(from)]);
  const size = sizeOfShape(value.shape.slice(from, to));
  const sizes = (start: number, end: number): Value[] =>
    start < end ? [v.emit("Shape", [value], { start, end })] : [];
  const joined = v.b.ints(typeof size === "number" ? size : -1);
  const parts = [...sizes(0, from), joined, ...sizes(to, value.shape.length)];
  const target = parts.length === 1 ? joined : v.emit("Concat", parts, { axis: 0 });
  const empty = typeof size === "number" && value.shape.includes(0);
  return v.emit("Reshape", [value, target], empty ? { allowzero: 1 } : {});
}

/**
 * dY to be added at `indices`, which pick along `axis`. ScatterND is many times faster than
 * ScatterElements, but adds from several threads without a lock, so that rows picked twice lose
 * updates (onnxruntime #18048): it is for indices that are all different.
 */
function gatherCotangent(v: Vjp, like: Value, indices: Value, axis: number): Scattered {
  const depth = indices.shape.length;
  const updates = joinAxes(v, v.dY, axis, axis + depth);
  const flat = joinAxes(v, indices, 0, depth);
  if (axis === 0 && v.isDistinct(indices)) {
    const rows = v.emit("Unsqueeze", [flat, v.b.ints(1)]);
    const addTo = (base: Value): Value =>
      v.emit("ScatterND", [base, rows, updates], { reduction: "add" });
    return { like, axis, indices: rows, updates, addTo };
  }
  return scattered(v, like, { axis, indices: repeatIndices(v, flat, updates, axis), updates });
}

/** Y = X[indices] along an axis   dX = zeros with dY added at the indices */
const gather: GradientRule = {
  vjp: (v) => [
    () => {
      const axis = intAttribute(v.node, "axis", 0);
      const [x, indices] = [v.input(0), v.input(1)];
      return gatherCotangent(v, x, indices, axis < 0 ? axis + x.shape.length : axis);
    },
  ],
};

/** Y[i] = X[.., indices[i], ..]   dX = zeros with dY added at the indices */
const gatherElements: GradientRule = {
  vjp: (v) => [
    () => {
      const [x, indices] = [v.input(0), v.input(1)];
      const axis = intAttribute(v.node, "axis", 0);
      const at = axis < 0 ? axis + x.shape.length : axis;
      return scattered(v, x, { axis: at, indices, updates: v.dY });
    },
  ],
};

/** The index tuples of GatherND [..., k] as numbers of rows, the first k axes of X being one. */
function rowNumbers(v: Vjp, depth: number): Value {
  const sizes = v.emit("Slice", [v.shapeVector(v.input(0)), v.b.ints(0), v.b.ints(depth)]);
  const raw = v.input(1);
  const negative = v.emit("Less", [raw, v.b.scalar(0, raw.dtype)]);
  const tuples = v.emit("Where", [negative, v.emit("Add", [raw, sizes]), raw]);
  const column = (i: number): Value =>
    v.emit("Gather", [tuples, v.b.scalar(i, "int64")], { axis: -1 });
  let row = column(0);
  for (let i = 1; i < depth; i++) {
    const size = v.emit("Gather", [sizes, v.b.scalar(i, "int64")], { axis: 0 });
    row = v.emit("Add", [v.emit("Mul", [row, size]), column(i)]);
  }
  return row;
}

/** Y = X[tuples]   dX = zeros with dY added at the tuples */
const gatherNd: GradientRule = {
  vjp: (v) => [
    () => {
      if (intAttribute(v.node, "batch_dims", 0) !== 0) {
        throw graphError(v.node, "no gradient for batch_dims other than 0");
      }
      const [x, indices] = [v.input(0), v.input(1)];
      const depth = Number(indices.shape[indices.shape.length - 1]);
      const rows = joinAxes(v, v.zeros(x), 0, depth);
      const { addTo } = gatherCotangent(v, rows, rowNumbers(v, depth), 0);
      return v.reshapeTo(addTo(rows), x);
    },
  ],
};

/** Values and their indices: dX = zeros with the values' cotangents put back. */
const topK: GradientRule = {
  vjp: (v) => [
    () => {
      const operands = [v.zeros(v.input(0)), v.output(1), v.dY];
      return v.emit("ScatterElements", operands, { axis: intAttribute(v.node, "axis", -1) });
    },
  ],
};

function reductionOf(v: Vjp): "none" | "add" {
  const reduction = stringAttribute(v.node, "reduction", "none");
  if (reduction === "none" || reduction === "add") return reduction;
  throw graphError(v.node, `no gradient for reduction ${reduction}`);
}

/** Y = X with U written (or added) at the indices   dX = dY, 0 where overwritten   dU = dY there */
const scatterElements: GradientRule = {
  vjp: (v) => {
    const axis = intAttribute(v.node, "axis", 0);
    return [
      () => {
        if (reductionOf(v) === "add") return v.dY;
        return v.emit("ScatterElements", [v.dY, v.input(1), v.zeros(v.input(2))], { axis });
      },
      undefined,
      () => v.emit("GatherElements", [v.dY, v.input(1)], { axis }),
    ];
  },
};

const scatterNdRule: GradientRule = {
  vjp: (v) => [
    () => {
      if (reductionOf(v) === "add") return v.dY;
      return v.emit("ScatterND", [v.dY, v.input(1), v.zeros(v.input(2))]);
    },
    undefined,
    () => v.emit("GatherND", [v.dY, v.input(1)]),
  ],
};

export const GATHER: RuleTable = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  TopK: { outputs: 2, vjp: topK.vjp },
  ScatterElements: scatterElements,
  ScatterND: scatterNdRule,
};
