// Cases of matrix products, reductions, the softmax family and normalisations.

import * as fc from "fast-check";
import type { Dim, Shape } from "../../../src/onnx/index.ts";
import {
  anyShape,
  anywhere,
  awayFromZero,
  axisSize,
  broadcastable,
  caseOf,
  distinct,
  node,
  positive,
  real,
  shapeAndAxis,
  type Case,
  type CaseTable,
  type Fill,
  type Parts,
} from "./case.ts";

const dim = axisSize({ empty: true });

/** A [.., M, K] and B [.., K, N] with batch axes that broadcast, up to rank 4; vectors if allowed. */
const operands = (vectors: boolean): fc.Arbitrary<{ a: Shape; b: Shape }> =>
  fc
    .tuple(broadcastable(2), dim, dim, dim, fc.nat(5))
    .map(([[left = [], right = []], m, k, n, form]) => {
      const [batchA, batchB] = [left.slice(-2), right.slice(-2)];
      return {
        a: vectors && form % 5 === 4 ? [k] : [...batchA, m, k],
        b: vectors && form >= 3 && form < 5 ? [k] : [...batchB, k, n],
      };
    });

const swapped = (shape: Shape, swap: boolean): Shape =>
  swap ? [...shape.slice(0, -2), ...shape.slice(-2).reverse()] : shape;

const form = fc.record({
  transA: fc.nat(1),
  transB: fc.nat(1),
  alpha: fc.constantFrom(1, 0.5, -2),
});

const matMul = operands(true).map(({ a, b }) => ({
  inputs: [real(a), real(b)],
  build: node("MatMul"),
}));

const fusedMatMul = fc.tuple(operands(false), form).map(([{ a, b }, attributes]) => ({
  inputs: [real(swapped(a, attributes.transA === 1)), real(swapped(b, attributes.transB === 1))],
  build: node("FusedMatMul", attributes),
  note: JSON.stringify(attributes),
}));

const gemm = fc
  .tuple(dim, dim, dim, form, fc.constantFrom(1, 0.5), fc.nat(5))
  .map(([m, k, n, attributes, beta, which]): Parts => {
    const biases: readonly Dim[][] = [[], [n], [m, 1], [1, n], [m, n]];
    const bias = biases[which];
    return {
      inputs: [
        real(swapped([m, k], attributes.transA === 1)),
        real(swapped([k, n], attributes.transB === 1)),
        ...(bias === undefined ? [] : [real(bias)]),
      ],
      build: node("Gemm", { ...attributes, beta }),
      note: JSON.stringify({ ...attributes, beta }),
    };
  });

/** Axes as an input or an attribute, from either end, or left out; kept or not. */
function reduction(
  op: string,
  fill: Fill = anywhere,
  { empty }: { empty: boolean } = { empty: false },
): fc.Arbitrary<Case> {
  const parts = anyShape({}, { empty })
    .chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.option(fc.subarray(shape.map((_, axis) => axis))),
        back: fc.boolean(),
        keepdims: fc.nat(1),
        noop: fc.nat(1),
      }),
    )
    .map(({ shape, axes, back, keepdims, noop }): Parts => {
      const written = (axes ?? []).map((axis) => (back ? axis - shape.length : axis));
      const attributes = { keepdims, noop_with_empty_axes: noop };
      return {
        inputs: [real(shape, fill)],
        build: (b, [x]) => [b.emit(op, axes === null ? [x] : [x, b.ints(...written)], attributes)],
        note: JSON.stringify({ axes: axes && written, ...attributes }),
      };
    });
  return caseOf(op, parts, { empty });
}

function alongAxis(op: string): fc.Arbitrary<Case> {
  const parts = shapeAndAxis().map(({ shape, written }) => ({
    inputs: [real(shape)],
    build: node(op, { axis: written }),
    note: `axis ${written}`,
  }));
  return caseOf(op, parts);
}

/** X, γ and perhaps β over the axes from `axis` on. */
function normalization(op: string, bias: boolean): fc.Arbitrary<Case> {
  const parts = fc
    .tuple(shapeAndAxis({}, { empty: false }), fc.boolean(), fc.constantFrom(1e-5, 0.1))
    .map(([{ shape, axis, written }, biased, epsilon]) => {
      const inner = shape.slice(axis);
      return {
        inputs: [
          // Away from 0 where no mean is subtracted: there the slope changes within the step.
          real(shape, bias ? distinct : awayFromZero),
          real(inner),
          ...(bias && biased ? [real(inner, positive)] : []),
        ],
        build: node(op, { axis: written, epsilon }),
        note: `axis ${written}`,
      };
    });
  return caseOf(op, parts, { empty: false });
}

export const CONTRACTION_CASES: CaseTable = {
  MatMul: caseOf("MatMul", matMul),
  FusedMatMul: caseOf("FusedMatMul", fusedMatMul),
  Gemm: caseOf("Gemm", gemm),
  ReduceSum: reduction("ReduceSum", anywhere, { empty: true }),
  ReduceMean: reduction("ReduceMean"),
  ReduceMax: reduction("ReduceMax", distinct),
  ReduceMin: reduction("ReduceMin", distinct),
  ReduceSumSquare: reduction("ReduceSumSquare", anywhere, { empty: true }),
  ReduceL2: reduction("ReduceL2", awayFromZero),
  ReduceLogSumExp: reduction("ReduceLogSumExp"),
  Softmax: alongAxis("Softmax"),
  LogSoftmax: alongAxis("LogSoftmax"),
  LayerNormalization: normalization("LayerNormalization", true),
  SimplifiedLayerNormalization: normalization("SimplifiedLayerNormalization", false),
  RMSNormalization: normalization("RMSNormalization", false),
};
