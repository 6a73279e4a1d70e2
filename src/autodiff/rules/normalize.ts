// Gradients of normalisations over the last axes.

import type { Value } from "../../onnx/index.ts";
import { intAttribute } from "../../onnx/index.ts";
import type { GradientRule, RuleTable, Vjp } from "../rule.ts";

function normalizedAxes(v: Vjp): Value {
  const rank = v.input(0).shape.length;
  const axis = intAttribute(v.node, "axis", -1);
  const first = axis < 0 ? axis + rank : axis;
  return v.b.ints(...Array.from({ length: rank - first }, (_, i) => first + i));
}

const mean = (v: Vjp, x: Value): Value =>
  v.emit("ReduceMean", [x, normalizedAxes(v)], { keepdims: 1 });

/**
 * dX from the normalised input and the inverse deviation r [..., 1]; g = dY·γ:
 * dX = r·(g − [mean g] − x̂·mean(g·x̂)); the middle term only where a mean was subtracted.
 */
function inputCotangent(v: Vjp, normal: Value, inverse: Value, centred: boolean): Value {
  const g = v.emit("Mul", [v.dY, v.input(1)]);
  const along = v.emit("Mul", [normal, mean(v, v.emit("Mul", [g, normal]))]);
  const rest = v.emit("Sub", [centred ? v.emit("Sub", [g, mean(v, g)]) : g, along]);
  return v.emit("Mul", [rest, inverse]);
}

/** Y = γ·x̂ + β, x̂ = (X − mean X)·r   dγ = sumTo(dY·x̂, γ)   dβ = sumTo(dY, β) */
const layerNormalization: GradientRule = {
  outputs: 3,
  vjp: (v) => {
    const inverse = v.output(2);
    let normal: Value | undefined;
    const xHat = (): Value =>
      (normal ??= v.emit("Mul", [v.emit("Sub", [v.input(0), v.output(1)]), inverse]));
    const bias = v.optional(2);
    return [
      () => inputCotangent(v, xHat(), inverse, true),
      () => v.sumTo(v.emit("Mul", [v.dY, xHat()]), v.input(1)),
      bias && (() => v.sumTo(v.dY, bias)),
    ];
  },
};

/** Y = γ·x̂, x̂ = X·r, r = 1/√(mean X² + ε)  (Zhang & Sennrich 2019, arXiv 1910.07467) */
const rmsNormalization = (inverseOf: (v: Vjp) => Value): GradientRule["vjp"] => {
  return (v) => {
    let normal: Value | undefined;
    let inverse: Value | undefined;
    const r = (): Value => (inverse ??= inverseOf(v));
    const xHat = (): Value => (normal ??= v.emit("Mul", [v.input(0), r()]));
    return [
      () => inputCotangent(v, xHat(), r(), false),
      () => v.sumTo(v.emit("Mul", [v.dY, xHat()]), v.input(1)),
    ];
  };
};

/** ONNX's own RMSNormalization gives no statistics back: they are computed again. */
function inverseDeviation(v: Vjp): Value {
  const x = v.input(0);
  const epsilon = v.b.scalar(Number(v.node.attributes["epsilon"] ?? 1e-5), x.dtype);
  const variance = v.emit("Add", [mean(v, v.emit("Mul", [x, x])), epsilon]);
  return v.emit("Reciprocal", [v.emit("Sqrt", [variance])]);
}

export const NORMALIZE: RuleTable = {
  LayerNormalization: layerNormalization,
  SimplifiedLayerNormalization: { outputs: 2, vjp: rmsNormalization((v) => v.output(1)) },
  RMSNormalization: { vjp: rmsNormalization(inverseDeviation) },
};
