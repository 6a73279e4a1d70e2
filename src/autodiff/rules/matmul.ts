// Gradients of matrix products. All use com.microsoft FusedMatMul, which multiplies transposed
// operands in place of transposing them first.

import type { Value } from "../../onnx/index.ts";
import { intAttribute } from "../../onnx/index.ts";
import type { GradientRule, Lazy, RuleTable, Vjp } from "../rule.ts";

interface Transposes {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly alpha: number;
}

const flag = (value: boolean): number => (value ? 1 : 0);

function fused(v: Vjp, operands: readonly [Value, Value], form: Transposes): Value {
  const { transA, transB, alpha } = form;
  if (!transA && !transB && alpha === 1) return v.emit("MatMul", operands);
  return v.emit("FusedMatMul", operands, { transA: flag(transA), transB: flag(transB), alpha });
}

/** Rows of all batch axes as one axis: [..., M, K] → [..·M, K]. */
function asMatrix(v: Vjp, x: Value): Value {
  if (x.shape.length === 2) return x;
  const columns = x.shape[x.shape.length - 1];
  const target = typeof columns === "number" ? v.b.ints(-1, columns) : undefined;
  if (target !== undefined && columns !== 0) return v.emit("Reshape", [x, target]);
  return v.emit("Flatten", [x], { axis: x.shape.length - 1 });
}

/** A vector operand counts as a matrix with one row (A) or one column (B). */
function promote(v: Vjp, x: Value, axis: 0 | 1): Value {
  return x.shape.length > 1 ? x : v.emit("Unsqueeze", [x, v.b.ints(axis)]);
}

/**
 * Y = α·op(A)·op(B), batch axes broadcast.  A [..., M, K]  B [..., K, N]  Y [..., M, N]
 * dA = sumTo(α·dY·op(B)ᵀ, A)   dB = sumTo(α·op(A)ᵀ·dY, B), transposed back where op transposes
 */
function product(v: Vjp, dY: Value, form: Transposes): [Lazy, Lazy] {
  const a = promote(v, v.input(0), 0);
  const b = promote(v, v.input(1), 1);
  const { transA, transB, alpha } = form;
  const times = (x: Value, y: Value, tx: boolean, ty: boolean): Value =>
    fused(v, [x, y], { transA: tx, transB: ty, alpha });
  // A weight shared by all batch axes: one product over all rows instead of a sum of products.
  const shared = b.shape.length === 2 && a.shape.length > 2 && !transA;
  return [
    () => {
      const dA = transA ? times(b, dY, transB, true) : times(dY, b, false, !transB);
      return v.reshapeTo(v.sumTo(dA, a), v.input(0));
    },
    () => {
      const x = shared ? asMatrix(v, a) : a;
      const d = shared ? asMatrix(v, dY) : dY;
      const dB = transB ? times(d, x, true, transA) : times(x, d, !transA, false);
      return v.reshapeTo(v.sumTo(dB, b), v.input(1));
    },
  ];
}

/** dY with the axes that vector operands dropped. */
function matrixCotangent(v: Vjp): Value {
  let { dY } = v;
  if (v.input(1).shape.length === 1) dY = v.emit("Unsqueeze", [dY, v.b.ints(-1)]);
  if (v.input(0).shape.length === 1) dY = v.emit("Unsqueeze", [dY, v.b.ints(-2)]);
  return dY;
}

const matMul: GradientRule = {
  vjp: (v) => product(v, matrixCotangent(v), { transA: false, transB: false, alpha: 1 }),
};

const form = (v: Vjp): Transposes => ({
  transA: intAttribute(v.node, "transA", 0) === 1,
  transB: intAttribute(v.node, "transB", 0) === 1,
  alpha: Number(v.node.attributes["alpha"] ?? 1),
});

const fusedMatMul: GradientRule = { vjp: (v) => product(v, matrixCotangent(v), form(v)) };

/** Y = α·op(A)·op(B) + β·C   dC = β·sumTo(dY, C) */
const gemm: GradientRule = {
  vjp: (v) => {
    const beta = Number(v.node.attributes["beta"] ?? 1);
    const c = v.optional(2);
    const dC: Lazy | undefined =
      c &&
      (() => {
        const sum = v.sumTo(v.dY, c);
        return beta === 1 ? sum : v.emit("Mul", [sum, v.b.scalar(beta, c.dtype)]);
      });
    return [...product(v, v.dY, form(v)), dC];
  },
};

export const MATMUL: RuleTable = { MatMul: matMul, FusedMatMul: fusedMatMul, Gemm: gemm };
