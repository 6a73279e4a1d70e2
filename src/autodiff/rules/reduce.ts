// Gradients of reductions and of the softmax family.

import type { Dim, Value } from "../../onnx/index.ts";
import { intAttribute, intsAttribute } from "../../onnx/index.ts";
import type { Scattered } from "../cotangents.ts";
import type { GradientRule, RuleTable, Vjp } from "../rule.ts";

/** `value`, an output of this reduction, with the reduced axes kept as size 1. */
function kept(v: Vjp, value: Value): Value {
  const axes = axesOf(v);
  if (intAttribute(v.node, "keepdims", 1) === 1 || axes.length === 0) return value;
  return v.emit("Unsqueeze", [value, v.b.ints(...axes)]);
}

const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

function axesOf(v: Vjp): readonly number[] {
  const rank = v.input(0).shape.length;
  const operand = v.optional(1);
  const given = operand ? v.b.known(operand) : intsAttribute(v.node, "axes");
  if (given === undefined || given.length === 0) {
    const noop = intAttribute(v.node, "noop_with_empty_axes", 0) === 1;
    return noop ? [] : Array.from({ length: rank }, (_, i) => i);
  }
  return given.map((axis) => normalAxis(Number(axis), rank));
}

/** A rule for Y = reduce(X), given dY and on demand Y with the reduced axes kept. */
const reduction = (dX: (v: Vjp, dY: Value, y: () => Value) => Value): GradientRule => ({
  vjp: (v) => [
    () =>
      v.expandTo(
        dX(v, kept(v, v.dY), () => kept(v, v.output(0))),
        v.input(0),
      ),
  ],
});

/** Y = mean(X) over n elements   dX = dY / n */
const mean = reduction((v, dY) => {
  const x = v.input(0);
  const sizes = axesOf(v).map((axis) => x.shape[axis] as Dim);
  if (sizes.every((size) => typeof size === "number")) {
    const count = sizes.reduce((a, b) => a * b, 1);
    return v.emit("Mul", [dY, v.b.scalar(1 / count, dY.dtype)]);
  }
  const counts = v.emit("Gather", [v.shapeVector(x), v.b.ints(...axesOf(v))], { axis: 0 });
  const count = v.emit("ReduceProd", [counts], { keepdims: 0 });
  return v.emit("Div", [dY, v.emit("CastLike", [count, dY])]);
});

/** Y = max(X)   dX = dY where X is the maximum, shared between ties */
const extreme = reduction((v, dY, y) => {
  const hit = v.emit("CastLike", [v.emit("Equal", [v.input(0), y()]), dY]);
  const axes = axesOf(v);
  const ties = axes.length === 0 ? hit : v.emit("ReduceSum", [hit, v.b.ints(...axes)]);
  return v.emit("Mul", [hit, v.emit("Div", [dY, ties])]);
});

/** Y = Σ X²   dX = 2·X·dY */
const sumSquare = reduction((v, dY) =>
  v.emit("Mul", [v.input(0), v.emit("Mul", [dY, v.b.scalar(2, dY.dtype)])]),
);

/** Y = √Σ X²   dX = X·dY / Y */
const l2 = reduction((v, dY, y) => v.emit("Mul", [v.input(0), v.emit("Div", [dY, y()])]));

/** Y = ln Σ exp X   dX = dY·exp(X − Y) */
const logSumExp = reduction((v, dY, y) =>
  v.emit("Mul", [dY, v.emit("Exp", [v.emit("Sub", [v.input(0), y()])])]),
);

const sumOverAxis = (v: Vjp, x: Value): Value => {
  const axis = intAttribute(v.node, "axis", -1);
  return v.emit("ReduceSum", [x, v.b.ints(axis)], { keepdims: 1 });
};

/** Y = softmax X   dX = Y·(dY − Σ dY·Y) */
const softmax: GradientRule = {
  vjp: (v) => [
    () => {
      const y = v.output(0);
      const inner = sumOverAxis(v, v.emit("Mul", [v.dY, y]));
      return v.emit("Mul", [y, v.emit("Sub", [v.dY, inner])]);
    },
  ],
};

/**
 * Y = log softmax X   dX = dY − exp(Y)·Σ dY. Cross-entropy picks one element of each row: then dY
 * is never made whole, and Σ dY is what was picked.
 */
const logSoftmax: GradientRule = {
  vjp: (v) => [
    () => {
      const shares = v.emit("Exp", [v.output(0)]);
      const picked = v.scattered(0);
      const axis = normalAxis(intAttribute(v.node, "axis", -1), v.output(0).shape.length);
      if (picked?.axis === axis && fromEveryRow(picked)) {
        const sum = v.emit("Neg", [sumOverAxis(v, picked.updates)]);
        return picked.addTo(v.emit("Mul", [shares, sum]));
      }
      return v.emit("Sub", [v.dY, v.emit("Mul", [shares, sumOverAxis(v, v.dY)])]);
    },
  ],
};

/** Whether elements were picked from every row along the axis, so that the updates' rows match. */
function fromEveryRow({ like, axis, updates }: Scattered): boolean {
  const { shape } = updates;
  if (shape.length !== like.shape.length) return false;
  return shape.every((dim, i) => i === axis || dim === like.shape[i]);
}

export const REDUCE: RuleTable = {
  ReduceSum: reduction((_, dY) => dY),
  ReduceMean: mean,
  ReduceMax: extreme,
  ReduceMin: extreme,
  ReduceSumSquare: sumSquare,
  ReduceL2: l2,
  ReduceLogSumExp: logSumExp,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
};
