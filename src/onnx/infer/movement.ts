// Shape rules of operators that move, select or create elements.

import type { Dim, Shape } from "../dims.ts";
import { addDims, divideDims, multiplyDims, sizeOfShape } from "../dims.ts";
import type { TensorType } from "../graph.ts";
import { graphError, intAttribute, intsAttribute } from "../graph.ts";
import { numbersOf } from "../literal.ts";
import type { InferContext, InferRule, KnownInts } from "./context.ts";
import { broadcastOrFail, inputOf, normalizeAxis, one } from "./context.ts";

/** Longer results do not take part in arithmetic on sizes. */
const KNOWN_LENGTH_MAX = 16;

/** The elements of integer input i; the shape cannot be told without them. */
function sizes(context: InferContext, i: number, what: string): KnownInts {
  const known = context.known(i);
  if (known === undefined) throw graphError(context.node, `its ${what} cannot be told beforehand`);
  return known;
}

function constantInts(context: InferContext, i: number, what: string): readonly number[] {
  const known = context.knownNumbers(i);
  if (known === undefined) throw graphError(context.node, `its ${what} is not constant`);
  return known;
}

const shapeOf: InferRule = (context) => {
  const { shape } = inputOf(context, 0);
  const start = intAttribute(context.node, "start", 0);
  const end = intAttribute(context.node, "end", shape.length);
  const part = shape.slice(start, end);
  return one("int64", [part.length], part);
};

const reshape: InferRule = (context) => {
  const x = inputOf(context, 0);
  const target = sizes(context, 1, "shape");
  const allowZero = intAttribute(context.node, "allowzero", 0) === 1;
  const shape = target.map((dim, i) => (dim === 0 && !allowZero ? (x.shape[i] ?? 0) : dim));
  const open = shape.indexOf(-1);
  if (open >= 0) {
    const rest = sizeOfShape(shape.filter((_, i) => i !== open));
    const size = sizeOfShape(x.shape);
    // 0 / 0 when an axis is empty: ONNX then reads -1 as 0.
    const dim = rest === 0 ? 0 : divideDims(size, rest);
    if (dim === undefined) {
      throw graphError(context.node, `[${x.shape.join(", ")}] does not fit [${target.join(", ")}]`);
    }
    shape[open] = dim;
  }
  return one(x.dtype, shape, context.known(0));
};

const transpose: InferRule = (context) => {
  const x = inputOf(context, 0);
  const axes = intsAttribute(context.node, "perm") ?? x.shape.map((_, i) => i).reverse();
  return one(
    x.dtype,
    axes.map((axis) => x.shape[axis] as Dim),
  );
};

/** Axes as an input (opset 13) or an attribute before it. */
function axesOf(context: InferContext): readonly number[] | undefined {
  if (context.inputs[1] !== undefined) return constantInts(context, 1, "axes");
  return intsAttribute(context.node, "axes");
}

const squeeze: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const axes = axesOf(context)?.map((axis) => normalizeAxis(context.node, axis, shape.length));
  const out = shape.filter((dim, i) => (axes === undefined ? dim !== 1 : !axes.includes(i)));
  return one(dtype, out, context.known(0));
};

const unsqueeze: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const given = axesOf(context) ?? [];
  const rank = shape.length + given.length;
  const axes = given.map((axis) => normalizeAxis(context.node, axis, rank));
  const rest = [...shape];
  const out = Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : (rest.shift() ?? 1)));
  return one(dtype, out, context.known(0));
};

const flatten: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const axis = intAttribute(context.node, "axis", 1);
  const at = axis < 0 ? axis + shape.length : axis;
  return one(dtype, [sizeOfShape(shape.slice(0, at)), sizeOfShape(shape.slice(at))]);
};

const concat: InferRule = (context) => {
  const parts = context.inputs.map((_, i) => inputOf(context, i));
  const first = inputOf(context, 0);
  const axis = normalizeAxis(
    context.node,
    intAttribute(context.node, "axis", 0),
    first.shape.length,
  );
  const total = parts.map((part) => part.shape[axis] as Dim).reduce(addDims);
  const known = parts.map((_, i) => context.known(i));
  const all = known.every((list) => list !== undefined) ? known.flat() : undefined;
  return one(
    first.dtype,
    first.shape.map((dim, i) => (i === axis ? total : dim)),
    all,
  );
};

/** The number of steps of one axis of a Slice, or undefined where a symbol hides it. */
function sliceLength(dim: Dim, start: Dim, end: Dim, step: number): Dim | undefined {
  if (typeof dim === "number" && typeof start === "number" && typeof end === "number") {
    const [from, to] = clampSlice(dim, start, end, step);
    return Math.max(0, Math.ceil((to - from) / step));
  }
  if (step !== 1) return undefined;
  const whole = start === 0 && typeof end === "number" && end >= Number(2n ** 31n - 1n);
  if (whole || (start === 0 && end === dim)) return dim;
  // A table cut to a length: nobody asks it for more rows than it has.
  if (start === 0 && typeof end === "string") return end;
  return undefined;
}

function clampSlice(dim: number, start: number, end: number, step: number): [number, number] {
  const wrap = (at: number): number => (at < 0 ? at + dim : at);
  const low = step < 0 ? -1 : 0;
  const high = step < 0 ? dim - 1 : dim;
  const clamp = (at: number): number => Math.min(high, Math.max(low, at));
  return [clamp(wrap(start)), step < 0 && end < -dim ? -1 : clamp(wrap(end))];
}

const slice: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const starts = sizes(context, 1, "starts");
  const ends = sizes(context, 2, "ends");
  const axes = context.inputs[3] ? constantInts(context, 3, "axes") : starts.map((_, i) => i);
  const steps = context.inputs[4] ? constantInts(context, 4, "steps") : starts.map(() => 1);
  const out = [...shape];
  for (const [i, given] of axes.entries()) {
    const axis = normalizeAxis(context.node, given, shape.length);
    const length = sliceLength(
      shape[axis] as Dim,
      starts[i] as Dim,
      ends[i] as Dim,
      steps[i] as number,
    );
    // A size of its own: it equals nothing else, so nothing is assumed about it.
    out[axis] = length ?? `slice:${context.node.outputs[0]}:${axis}`;
  }
  const values = context.known(0);
  const [from, to] = [starts[0], ends[0]];
  const plain = typeof from === "number" && typeof to === "number" && shape.length === 1;
  if (values === undefined || !plain || steps[0] !== 1) return one(dtype, out);
  return one(dtype, out, values.slice(...clampSlice(values.length, from, to, 1)));
};

const split: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const axis = normalizeAxis(context.node, intAttribute(context.node, "axis", 0), shape.length);
  const count = context.node.outputs.length;
  const dim = shape[axis] as Dim;
  const given = context.inputs[1]
    ? sizes(context, 1, "split")
    : (intsAttribute(context.node, "split") ?? evenSplit(dim, count));
  if (given === undefined) throw graphError(context.node, `cannot split ${dim} into ${count}`);
  const types = given.map((part): TensorType => {
    return { dtype, shape: shape.map((size, i) => (i === axis ? part : size)) };
  });
  return { types };
};

function evenSplit(dim: Dim, count: number): Dim[] | undefined {
  if (typeof dim === "number") {
    const size = Math.ceil(dim / count);
    return Array.from({ length: count }, (_, i) => Math.min(size, dim - i * size));
  }
  const part = divideDims(dim, count);
  return part === undefined ? undefined : Array.from({ length: count }, () => part);
}

/** Sizes where the pads are known; a padded axis with others gets a size of its own. */
const pad: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const pads = context.known(1);
  const given = context.inputs[3] ? constantInts(context, 3, "axes") : shape.map((_, i) => i);
  const out = [...shape];
  for (const [i, at] of given.entries()) {
    const axis = normalizeAxis(context.node, at, shape.length);
    const [head, tail] = [pads?.[i], pads?.[i + given.length]];
    out[axis] =
      head === undefined || tail === undefined
        ? `pad:${context.node.outputs[0]}:${axis}`
        : addDims(addDims(shape[axis] as Dim, head), tail);
  }
  return one(dtype, out);
};

const expand: InferRule = (context) => {
  const x = inputOf(context, 0);
  const shape = sizes(context, 1, "shape");
  return one(x.dtype, broadcastOrFail(context.node, x.shape, shape));
};

const tile: InferRule = (context) => {
  const x = inputOf(context, 0);
  const repeats = sizes(context, 1, "repeats");
  return one(
    x.dtype,
    x.shape.map((dim, i) => multiplyDims(dim, repeats[i] as Dim)),
  );
};

const gather: InferRule = (context) => {
  const data = inputOf(context, 0);
  const indices = inputOf(context, 1);
  const axis = normalizeAxis(
    context.node,
    intAttribute(context.node, "axis", 0),
    data.shape.length,
  );
  const shape: Shape = [
    ...data.shape.slice(0, axis),
    ...indices.shape,
    ...data.shape.slice(axis + 1),
  ];
  const values = context.known(0);
  const at = context.knownNumbers(1);
  if (values === undefined || at === undefined) return one(data.dtype, shape);
  const known = at.map((i) => values[i < 0 ? i + values.length : i] as Dim);
  return one(data.dtype, shape, known);
};

const gatherElements: InferRule = (context) =>
  one(inputOf(context, 0).dtype, inputOf(context, 1).shape);

const gatherNd: InferRule = (context) => {
  const data = inputOf(context, 0);
  const indices = inputOf(context, 1).shape;
  const batch = intAttribute(context.node, "batch_dims", 0);
  const depth = indices[indices.length - 1];
  if (typeof depth !== "number") throw graphError(context.node, "index depth is not constant");
  return one(data.dtype, [...indices.slice(0, -1), ...data.shape.slice(batch + depth)]);
};

const likeFirst: InferRule = (context) => {
  const x = inputOf(context, 0);
  return one(x.dtype, x.shape);
};

const constantOfShape: InferRule = (context) => {
  const shape = sizes(context, 0, "shape");
  const value = context.node.attributes["value"];
  const dtype = typeof value === "object" && "dtype" in value ? value.dtype : "float32";
  const fill = typeof value === "object" && "dtype" in value ? numbersOf(value)[0] : 0;
  const length = shape.length === 1 && typeof shape[0] === "number" ? shape[0] : undefined;
  const small = dtype === "int64" && length !== undefined && length <= KNOWN_LENGTH_MAX;
  return one(dtype, shape, small ? Array.from({ length }, () => fill ?? 0) : undefined);
};

const range: InferRule = (context) => {
  const [start, limit, step] = [0, 1, 2].map((i) => context.known(i)?.[0]);
  const { dtype } = inputOf(context, 0);
  if (start === 0 && step === 1 && limit !== undefined) return one(dtype, [limit]);
  if (typeof start === "number" && typeof limit === "number" && typeof step === "number") {
    const length = Math.max(0, Math.ceil((limit - start) / step));
    if (!Number.isSafeInteger(length))
      throw graphError(context.node, `a range in steps of ${step}`);
    if (length > KNOWN_LENGTH_MAX) return one(dtype, [length]);
    const values = Array.from({ length }, (_, i) => start + i * step);
    return one(dtype, [length], values);
  }
  return one(dtype, [`range:${context.node.outputs[0]}`]);
};

export const MOVEMENT: Readonly<Record<string, InferRule>> = {
  Shape: shapeOf,
  Size: (context) => one("int64", [], [sizeOfShape(inputOf(context, 0).shape)]),
  Reshape: reshape,
  Transpose: transpose,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Flatten: flatten,
  Concat: concat,
  Slice: slice,
  Split: split,
  Pad: pad,
  Expand: expand,
  Tile: tile,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: likeFirst,
  ScatterND: likeFirst,
  RotaryEmbedding: likeFirst,
  ConstantOfShape: constantOfShape,
  Range: range,
};
