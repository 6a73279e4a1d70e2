// Reductions, sums along an axis, and the softmax family.

import { intAttribute, intsAttribute } from "../../../src/onnx/index.ts";
import type { Call, Operator, Operators } from "./operator.ts";
import { build, indicesOf, normalAxis, read, type RefTensor } from "./tensor.ts";

/** The axes of a reduction: input 1 or an attribute; none means all, or with `noop…` none. */
function axesOf({ node, input, optional }: Call): number[] {
  const rank = input(0).dims.length;
  const given = optional(1)?.data ?? intsAttribute(node, "axes") ?? [];
  const noop = intAttribute(node, "noop_with_empty_axes", 0) === 1;
  if (given.length === 0) return noop ? [] : input(0).dims.map((_, axis) => axis);
  return Array.from(given, (axis) => normalAxis(axis, rank));
}

/** `f` over each group of elements that share their place on the axes that stay. */
function reduceOver(
  x: RefTensor,
  axes: readonly number[],
  f: (values: readonly number[]) => number,
): RefTensor {
  const dims = x.dims.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const inner = x.dims.map((size, axis) => (axes.includes(axis) ? size : 1));
  return build(x.dtype, dims, (at) => {
    const values = [...indicesOf(inner)].map((within) =>
      read(
        x,
        at.map((i, axis) => i + (within[axis] as number)),
      ),
    );
    return f(values);
  });
}

const withoutAxes = (x: RefTensor, axes: readonly number[]): RefTensor => ({
  ...x,
  dims: x.dims.filter((_, axis) => !axes.includes(axis)),
});

const reduction =
  (f: (values: readonly number[]) => number): Operator =>
  (call) => {
    const axes = axesOf(call);
    const kept = reduceOver(call.input(0), axes, f);
    return intAttribute(call.node, "keepdims", 1) === 1 ? kept : withoutAxes(kept, axes);
  };

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const max = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.max(a, b), -Infinity);
const min = (values: readonly number[]): number =>
  values.reduce((a, b) => Math.min(a, b), Infinity);
const sumSquare = (values: readonly number[]): number => sum(values.map((x) => x * x));
const logSumExp = (values: readonly number[]): number => {
  const top = max(values);
  return top + Math.log(sum(values.map((x) => Math.exp(x - top))));
};

/** The first index of the extreme element along one axis. */
const arg =
  (extreme: (values: readonly number[]) => number): Operator =>
  ({ node, input }) => {
    const axis = normalAxis(intAttribute(node, "axis", 0), input(0).dims.length);
    const kept = reduceOver(input(0), [axis], (values) => values.indexOf(extreme(values)));
    const whole: RefTensor = { ...kept, dtype: "int64" };
    return intAttribute(node, "keepdims", 1) === 1 ? whole : withoutAxes(whole, [axis]);
  };

const cumulativeSum: Operator = ({ node, input }) => {
  const x = input(0);
  const axis = normalAxis(input(1).data[0] as number, x.dims.length);
  const exclusive = intAttribute(node, "exclusive", 0) === 1;
  const reverse = intAttribute(node, "reverse", 0) === 1;
  return build(x.dtype, x.dims, (index) => {
    const here = index[axis] as number;
    let total = 0;
    for (let k = 0; k < (x.dims[axis] as number); k++) {
      const before = reverse ? k > here : k < here;
      if (before || (k === here && !exclusive)) total += read(x, index.with(axis, k));
    }
    return total;
  });
};

/** `f` of an element and the log of the sum of exponentials along its axis. */
const softmaxLike =
  (f: (x: number, logSum: number) => number): Operator =>
  ({ node, input }) => {
    const x = input(0);
    const axis = normalAxis(intAttribute(node, "axis", -1), x.dims.length);
    const logSums = reduceOver(x, [axis], logSumExp);
    return build(x.dtype, x.dims, (at) => f(read(x, at), read(logSums, at.with(axis, 0))));
  };

export const REDUCE: Operators = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction((values) => sum(values) / values.length),
  ReduceMax: reduction(max),
  ReduceMin: reduction(min),
  ReduceProd: reduction((values) => values.reduce((a, b) => a * b, 1)),
  ReduceSumSquare: reduction(sumSquare),
  ReduceL2: reduction((values) => Math.sqrt(sumSquare(values))),
  ReduceLogSumExp: reduction(logSumExp),
  ArgMax: arg(max),
  ArgMin: arg(min),
  CumSum: cumulativeSum,
  Softmax: softmaxLike((x, logSum) => Math.exp(x - logSum)),
  LogSoftmax: softmaxLike((x, logSum) => x - logSum),
};
