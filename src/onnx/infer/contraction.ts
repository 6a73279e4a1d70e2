// Shape rules of matrix products, reductions and normalisations.

import type { Dim, Shape } from "../dims.ts";
import { printShape } from "../dims.ts";
import { graphError, intAttribute, intsAttribute } from "../graph.ts";
import type { InferContext, InferRule } from "./context.ts";
import { broadcastOrFail, inputOf, normalizeAxis, one } from "./context.ts";

const swapLast = (shape: Shape): Shape => [
  ...shape.slice(0, -2),
  shape[shape.length - 1] as Dim,
  shape[shape.length - 2] as Dim,
];

/** A [..., M, K] · B [..., K, N] → [..., M, N], either one transposed first. */
function product(context: InferContext, transA: boolean, transB: boolean): Shape {
  const rawA = inputOf(context, 0).shape;
  const rawB = inputOf(context, 1).shape;
  if (rawA.length === 0 || rawB.length === 0) {
    throw graphError(context.node, "a matrix product needs at least one axis on each side");
  }
  let a: Shape = rawA.length === 1 ? [1, ...rawA] : rawA;
  let b: Shape = rawB.length === 1 ? [...rawB, 1] : rawB;
  if (transA) a = swapLast(a);
  if (transB) b = swapLast(b);
  const inner = a[a.length - 1] as Dim;
  const other = b[b.length - 2] as Dim;
  if (typeof inner === "number" && typeof other === "number" && inner !== other) {
    throw graphError(
      context.node,
      `inner sizes differ: ${printShape(rawA)} and ${printShape(rawB)}`,
    );
  }
  const batch = broadcastOrFail(context.node, a.slice(0, -2), b.slice(0, -2));
  const rows = rawA.length === 1 ? [] : [a[a.length - 2] as Dim];
  const columns = rawB.length === 1 ? [] : [b[b.length - 1] as Dim];
  return [...batch, ...rows, ...columns];
}

const matMul: InferRule = (context) =>
  one(inputOf(context, 0).dtype, product(context, false, false));

/** Gemm and com.microsoft.FusedMatMul spell their transposes the same way. */
const gemm: InferRule = (context) =>
  one(
    inputOf(context, 0).dtype,
    product(
      context,
      intAttribute(context.node, "transA", 0) === 1,
      intAttribute(context.node, "transB", 0) === 1,
    ),
  );

const matMulInteger: InferRule = (context) => one("int32", product(context, false, false));
/** com.microsoft.DynamicQuantizeMatMul and .MatMulIntegerToFloat */
const quantisedMatMul: InferRule = (context) => one("float32", product(context, false, false));

/** com.microsoft.MatMulNBits keeps B packed; K and N are attributes. */
const matMulNBits: InferRule = (context) => {
  const x = inputOf(context, 0);
  return one(x.dtype, [...x.shape.slice(0, -1), intAttribute(context.node, "N", 0)]);
};

/** The element type is the zero point's; int8 or others by attribute are not used here. */
const quantizeLinear: InferRule = (context) =>
  one(context.inputs[2]?.dtype ?? "uint8", inputOf(context, 0).shape);

const dynamicQuantizeLinear: InferRule = (context) => ({
  types: [
    { dtype: "uint8", shape: inputOf(context, 0).shape },
    { dtype: "float32", shape: [] },
    { dtype: "uint8", shape: [] },
  ],
});

/** Axes of a reduction: an input since opset 13 or 18, an attribute before; none means all. */
export function reductionAxes(context: InferContext): readonly number[] {
  const { node } = context;
  const rank = inputOf(context, 0).shape.length;
  const hasInput = context.inputs[1] !== undefined;
  const given = hasInput ? context.knownNumbers(1) : intsAttribute(node, "axes");
  if (hasInput && given === undefined) throw graphError(node, "its axes are not constant");
  if (given === undefined || given.length === 0) {
    const noop = intAttribute(node, "noop_with_empty_axes", 0) === 1;
    return noop ? [] : Array.from({ length: rank }, (_, i) => i);
  }
  return given.map((axis) => normalizeAxis(node, axis, rank));
}

const reduce: InferRule = (context) => {
  const x = inputOf(context, 0);
  const axes = new Set(reductionAxes(context));
  const keep = intAttribute(context.node, "keepdims", 1) === 1;
  const shape = x.shape.flatMap((dim, i) => (axes.has(i) ? (keep ? [1] : []) : [dim]));
  return one(x.dtype, shape);
};

const argReduce: InferRule = (context) => {
  const { shape } = inputOf(context, 0);
  const axis = normalizeAxis(context.node, intAttribute(context.node, "axis", 0), shape.length);
  const keep = intAttribute(context.node, "keepdims", 1) === 1;
  return one(
    "int64",
    shape.flatMap((dim, i) => (i === axis ? (keep ? [1] : []) : [dim])),
  );
};

/** LayerNormalization: Y, mean and inverse deviation [..., 1]; the others have no mean. */
function normalization(statistics: number): InferRule {
  return (context) => {
    const { shape, dtype } = inputOf(context, 0);
    const axis = normalizeAxis(context.node, intAttribute(context.node, "axis", -1), shape.length);
    const reduced = shape.map((dim, i) => (i >= axis ? 1 : dim));
    const statistic = { dtype, shape: reduced };
    return { types: [{ dtype, shape }, ...Array.from({ length: statistics }, () => statistic)] };
  };
}

const topK: InferRule = (context) => {
  const { shape, dtype } = inputOf(context, 0);
  const axis = normalizeAxis(context.node, intAttribute(context.node, "axis", -1), shape.length);
  const k = context.known(1)?.[0];
  if (k === undefined) throw graphError(context.node, "its k is not known");
  const out = shape.map((dim, i) => (i === axis ? k : dim));
  return {
    types: [
      { dtype, shape: out },
      { dtype: "int64", shape: out },
    ],
  };
};

export const CONTRACTION: Readonly<Record<string, InferRule>> = {
  MatMul: matMul,
  Gemm: gemm,
  FusedMatMul: gemm,
  MatMulInteger: matMulInteger,
  DynamicQuantizeMatMul: quantisedMatMul,
  MatMulIntegerToFloat: quantisedMatMul,
  QuantizeLinear: quantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  MatMulNBits: matMulNBits,
  ReduceSum: reduce,
  ReduceMean: reduce,
  ReduceMax: reduce,
  ReduceMin: reduce,
  ReduceProd: reduce,
  ReduceSumSquare: reduce,
  ReduceL2: reduce,
  ReduceLogSumExp: reduce,
  ArgMax: argReduce,
  ArgMin: argReduce,
  LayerNormalization: normalization(2),
  SimplifiedLayerNormalization: normalization(1),
  RMSNormalization: normalization(0),
  TopK: topK,
};
