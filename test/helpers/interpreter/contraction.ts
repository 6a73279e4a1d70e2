// Matrix products.

import { intAttribute } from "../../../src/onnx/index.ts";
import type { Call, Operator, Operators } from "./operator.ts";
import { broadcastDims, build, readBroadcast, type RefTensor } from "./tensor.ts";

/** Exchanges the last two axes. */
function transposed(x: RefTensor): RefTensor {
  const batch = x.dims.slice(0, -2);
  const [rows, columns] = x.dims.slice(-2) as [number, number];
  return build(x.dtype, [...batch, columns, rows], (index) => {
    const [i, j] = index.slice(-2) as [number, number];
    return readBroadcast(x, [...index.slice(0, -2), j, i]);
  });
}

/** Y[.., i, j] = Σₖ A[.., i, k]·B[.., k, j], batch axes broadcast; vectors count as a row, a column. */
function product(a: RefTensor, b: RefTensor): RefTensor {
  const left = a.dims.length === 1 ? { ...a, dims: [1, ...a.dims] } : a;
  const right = b.dims.length === 1 ? { ...b, dims: [...b.dims, 1] } : b;
  const [rows, inner] = left.dims.slice(-2) as [number, number];
  const [other, columns] = right.dims.slice(-2) as [number, number];
  if (inner !== other) throw new Error(`[${a.dims.join()}] · [${b.dims.join()}]`);
  const batch = broadcastDims([left.dims.slice(0, -2), right.dims.slice(0, -2)]);
  const full = build(a.dtype, [...batch, rows, columns], (index) => {
    const [i, j] = index.slice(-2) as [number, number];
    const at = index.slice(0, -2);
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum += readBroadcast(left, [...at, i, k]) * readBroadcast(right, [...at, k, j]);
    }
    return sum;
  });
  const dims = [
    ...batch,
    ...(a.dims.length === 1 ? [] : [rows]),
    ...(b.dims.length === 1 ? [] : [columns]),
  ];
  return { ...full, dims };
}

/** α·op(A)·op(B) */
function scaledProduct({ input, node }: Call): RefTensor {
  const a = intAttribute(node, "transA", 0) === 1 ? transposed(input(0)) : input(0);
  const b = intAttribute(node, "transB", 0) === 1 ? transposed(input(1)) : input(1);
  const alpha = Number(node.attributes["alpha"] ?? 1);
  const y = product(a, b);
  return { ...y, data: y.data.map((value) => alpha * value) };
}

const gemm: Operator = (call) => {
  const y = scaledProduct(call);
  const c = call.optional(2);
  if (c === undefined) return y;
  const beta = Number(call.node.attributes["beta"] ?? 1);
  return build(y.dtype, y.dims, (i) => readBroadcast(y, i) + beta * readBroadcast(c, i));
};

export const CONTRACTION: Operators = {
  MatMul: ({ input }) => product(input(0), input(1)),
  FusedMatMul: scaledProduct,
  Gemm: gemm,
};
