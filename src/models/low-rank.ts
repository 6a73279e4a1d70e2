// Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685): a matrix W stays what it is, and beside
// it a product of two thin ones learns.  W [out, in]  A [r, in]  B [out, r]

import type { Value } from "../onnx/index.ts";
import type { DenseLayer, ForwardScope, MatrixOperators } from "./masked-lm.ts";
import { cutRows, FLOAT_OPERATORS } from "./masked-lm.ts";

export interface LowRankLayers {
  /** The weights that have factors beside them. */
  readonly weights: ReadonlySet<string>;
  readonly rank: number;
  /** s in x·Wᵀ + s·(x·Aᵀ)·Bᵀ. */
  readonly scale: number;
}

/** The parameters beside a weight, by the names that they have in a graph. */
export function lowRankNames(weight: string): { readonly a: string; readonly b: string } {
  return { a: `${weight}.lora_A`, b: `${weight}.lora_B` };
}

/** y = x·Wᵀ + s·(x·Aᵀ)·Bᵀ for the weights named, y = x·Wᵀ for others. */
export function lowRankOperators({ weights, rank, scale }: LowRankLayers): MatrixOperators {
  /** s·x·Aᵀ and B; undefined for a weight without factors. */
  const beside = ({ b, parameter }: ForwardScope, x: Value, { weight, ...size }: DenseLayer) => {
    if (!weights.has(weight)) return undefined;
    const names = lowRankNames(weight);
    const down = parameter(names.a, [rank, size.inputs]);
    const low = b.emit("FusedMatMul", [x, down], { transB: 1, alpha: scale });
    return { low, up: parameter(names.b, [size.outputs, rank]) };
  };
  const plus = ({ b }: ForwardScope, y: Value, low: Value, up: Value): Value =>
    b.emit("Add", [y, b.emit("FusedMatMul", [low, up], { transB: 1 })]);
  const dense: MatrixOperators["dense"] = (scope, x, layer) => {
    const y = FLOAT_OPERATORS.dense(scope, x, layer);
    const factors = beside(scope, x, layer);
    return factors === undefined ? y : plus(scope, y, factors.low, factors.up);
  };
  return {
    ...FLOAT_OPERATORS,
    dense,
    denseParts(scope, x, layer) {
      const parts = FLOAT_OPERATORS.denseParts(scope, x, layer);
      const factors = beside(scope, x, layer);
      if (factors === undefined) return parts;
      const { outputs: rows, parts: count } = layer;
      const ups = cutRows(scope.b, factors.up, { rows, parts: count });
      return parts.map((y, i) => plus(scope, y, factors.low, ups[i] as Value));
    },
    denseEach: (scope, x, layers) => layers.map((layer) => dense(scope, x, layer)),
  };
}
