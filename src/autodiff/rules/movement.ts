// Gradients of operators that move, cut or join elements.

import type { Dim, Value } from "../../onnx/index.ts";
import { graphError, intAttribute, intsAttribute } from "../../onnx/index.ts";
import type { GradientRule, RuleTable, Vjp } from "../rule.ts";

/** The elements stay in order: dX is dY in the old shape. */
const reshape: GradientRule = { vjp: (v) => [() => v.reshapeTo(v.dY, v.input(0))] };

/** Y = transpose(X, p)   dX = transpose(dY, p⁻¹) */
const transpose: GradientRule = {
  vjp: (v) => [
    () => {
      const rank = v.input(0).shape.length;
      const order =
        intsAttribute(v.node, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
      const inverse = order.map((_, i) => order.indexOf(i));
      return v.emit("Transpose", [v.dY], { perm: inverse });
    },
  ],
};

const normalAxis = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Y = concat(X₁, X₂, …)   dXᵢ = the i-th piece of dY */
const concat: GradientRule = {
  vjp: (v) => {
    const count = v.node.inputs.length;
    const axis = normalAxis(intAttribute(v.node, "axis", 0), v.dY.shape.length);
    let pieces: Value[] | undefined;
    const piece = (i: number): Value => {
      if (pieces === undefined) {
        const sizes = v.node.inputs.map((_, k) => v.axisSize(v.input(k), axis));
        const split = v.emit("Concat", sizes, { axis: 0 });
        pieces = v.b.emitAll("Split", [v.dY, split], { attributes: { axis }, outputs: count });
      }
      return pieces[i] as Value;
    };
    return v.node.inputs.map((_, i) => () => piece(i));
  },
};

/** Y₁, Y₂, … = split(X)   dX = concat(dY₁, dY₂, …), zeros for outputs nobody used */
const split: GradientRule = {
  vjp: (v) => [
    () => {
      const parts = v.node.outputs.map((_, i) => v.cotangent(i) ?? v.zeros(v.output(i)));
      return v.emit("Concat", parts, { axis: intAttribute(v.node, "axis", 0) });
    },
  ],
};

/** Y = X[start:end]   dX = dY padded with zeros on both sides; steps other than 1 are refused */
const slice: GradientRule = {
  vjp: (v) => [
    () => {
      const x = v.input(0);
      const rank = x.shape.length;
      if (rank === 0) return v.dY;
      const known = (i: number): readonly Dim[] | undefined => {
        const operand = v.optional(i);
        return operand && v.b.known(operand);
      };
      const starts = known(1) ?? [];
      const axes = (known(3) ?? starts.map((_, i) => i)).map((a) => normalAxis(Number(a), rank));
      if ((known(4) ?? []).some((step) => step !== 1)) {
        throw graphError(v.node, "no gradient for steps other than 1");
      }
      const before: Value[] = [];
      const after: Value[] = [];
      for (let axis = 0; axis < rank; axis++) {
        const at = axes.indexOf(axis);
        const whole = at < 0 || x.shape[axis] === v.dY.shape[axis];
        const head = whole ? v.b.ints(0) : headSize(v, axis, starts[at] ?? 0);
        const used = whole ? undefined : v.emit("Add", [head, v.axisSize(v.dY, axis)]);
        before.push(head);
        after.push(used ? v.emit("Sub", [v.axisSize(x, axis), used]) : v.b.ints(0));
      }
      const pads = v.emit("Concat", [...before, ...after], { axis: 0 });
      return v.b.emitAs(x, "Pad", [v.dY, pads], { mode: "constant" });
    },
  ],
};

/** int64 [1]: the elements before `start` on an axis; a negative start counts from the end. */
function headSize(v: Vjp, axis: number, start: Dim): Value {
  if (typeof start !== "number") throw graphError(v.node, "no gradient for a computed start");
  const size = v.axisSize(v.input(0), axis);
  if (start < 0) return v.emit("Max", [v.emit("Add", [size, v.b.ints(start)]), v.b.ints(0)]);
  return v.emit("Min", [v.b.ints(start), size]);
}

/** Y = tile(X, r)   dX = dY summed over the repetitions */
const tile: GradientRule = {
  vjp: (v) => [
    () => {
      const x = v.input(0);
      if (x.shape.length === 0) return v.dY;
      const repeats = v.b.known(v.input(1));
      if (!repeats?.every((r) => typeof r === "number")) {
        throw graphError(v.node, "no gradient for computed repeats");
      }
      const parts = repeats.flatMap((r, i) => [v.b.ints(r), v.axisSize(x, i)]);
      const sizes = v.emit("Concat", parts, { axis: 0 });
      const blocks = v.emit("Reshape", [v.dY, sizes], { allowzero: 1 });
      const axes = v.b.ints(...repeats.map((_, i) => 2 * i));
      return v.emit("ReduceSum", [blocks, axes], { keepdims: 0 });
    },
  ],
};

/** Y = trilu(X, k)   dX = trilu(dY, k) */
const trilu: GradientRule = {
  vjp: (v) => [() => v.emit("Trilu", [v.dY, v.optional(1)], v.node.attributes)],
};

/** Y = cumsum(X)   dX = cumsum(dY) from the other end */
const cumSum: GradientRule = {
  vjp: (v) => [
    () => {
      const reverse = 1 - intAttribute(v.node, "reverse", 0);
      return v.emit("CumSum", [v.dY, v.input(1)], { ...v.node.attributes, reverse });
    },
  ],
};

/** com.microsoft RotaryEmbedding turns by θ; its gradient turns back by −θ. */
const rotaryEmbedding: GradientRule = {
  vjp: (v) => [
    () => {
      const back = v.emit("Neg", [v.input(3)]);
      return v.emit("RotaryEmbedding", [v.dY, v.input(1), v.input(2), back], v.node.attributes);
    },
  ],
};

export const MOVEMENT: RuleTable = {
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Flatten: reshape,
  Transpose: transpose,
  Concat: concat,
  Split: split,
  Slice: slice,
  Expand: { vjp: (v) => [() => v.sumTo(v.dY, v.input(0))] },
  Tile: tile,
  Trilu: trilu,
  CumSum: cumSum,
  RotaryEmbedding: rotaryEmbedding,
};
