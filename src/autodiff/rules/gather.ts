// Gradients of operators that pick elements by index: what was read is added back where it lay.

import type { Value } from "../../onnx/index.ts";
import { graphError, intAttribute, stringAttribute } from "../../onnx/index.ts";
import type { GradientRule, RuleTable, Vjp } from "../rule.ts";

/** Indices below zero count from the end; the scatter kernels take them as the gathers do. */
const scatterNd = (v: Vjp, zeros: Value, indices: Value, updates: Value): Value =>
  v.emit("ScatterND", [zeros, indices, updates], { reduction: "add" });

/** Y = X[indices] along an axis   dX = zeros with dY added at the indices */
const gather: GradientRule = {
  vjp: (v) => [
    () => {
      const [x, indices] = [v.input(0), v.input(1)];
      const rank = x.shape.length;
      const raw = intAttribute(v.node, "axis", 0);
      const axis = raw < 0 ? raw + rank : raw;
      const rows = v.emit("Unsqueeze", [indices, v.b.ints(-1)]);
      if (axis === 0) return scatterNd(v, v.zeros(x), rows, v.dY);
      // The gathered axes go to the front, so that rows can be scattered, and come back after.
      const depth = indices.shape.length;
      const picked = Array.from({ length: depth }, (_, i) => axis + i);
      const others = v.dY.shape.map((_, i) => i).filter((i) => !picked.includes(i));
      const updates = v.emit("Transpose", [v.dY], { perm: [...picked, ...others] });
      const front = [axis, ...x.shape.map((_, i) => i).filter((i) => i !== axis)];
      const zeros = v.emit("Transpose", [v.zeros(x)], { perm: front });
      const sum = scatterNd(v, zeros, rows, updates);
      return v.emit("Transpose", [sum], { perm: front.map((_, i) => front.indexOf(i)) });
    },
  ],
};

/** Y[i] = X[.., indices[i], ..]   dX = zeros with dY added at the indices */
const gatherElements: GradientRule = {
  vjp: (v) => [
    () => {
      const axis = intAttribute(v.node, "axis", 0);
      const operands = [v.zeros(v.input(0)), v.input(1), v.dY];
      return v.emit("ScatterElements", operands, { axis, reduction: "add" });
    },
  ],
};

const gatherNd: GradientRule = {
  vjp: (v) => [
    () => {
      if (intAttribute(v.node, "batch_dims", 0) !== 0) {
        throw graphError(v.node, "no gradient for batch_dims other than 0");
      }
      return scatterNd(v, v.zeros(v.input(0)), v.input(1), v.dY);
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

/** Y = X with U written (or added) at the indices   dX = dY, zero where overwritten; dU = dY there */
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
