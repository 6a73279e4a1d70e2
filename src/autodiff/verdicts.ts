// One table of verdicts over all operators that have a shape rule, and fused ones.

import type { Verdict } from "./rule.ts";
import { ELEMENTWISE } from "./rules/elementwise.ts";
import { GATHER } from "./rules/gather.ts";
import { MATMUL } from "./rules/matmul.ts";
import { MOVEMENT } from "./rules/movement.ts";
import { NORMALIZE } from "./rules/normalize.ts";
import { REDUCE } from "./rules/reduce.ts";

/** Step functions, comparisons, and operators whose results are sizes, indices or constants. */
const ZERO = [
  "And",
  "ArgMax",
  "ArgMin",
  "Ceil",
  "ConstantOfShape",
  "Equal",
  "Floor",
  "Greater",
  "GreaterOrEqual",
  "IsNaN",
  "Less",
  "LessOrEqual",
  "Not",
  "Or",
  "Range",
  "Round",
  "Shape",
  "Sign",
  "Size",
  "Xor",
] as const;

/** Quantised kernels train nothing; the others have a gradient that no model here needs. */
const NOT_DIFFERENTIABLE = [
  "DynamicQuantizeLinear",
  "DynamicQuantizeMatMul",
  "MatMulInteger",
  "MatMulIntegerToFloat",
  "MatMulNBits",
  "Mod",
  "Pad",
  "QuantizeLinear",
  "ReduceProd",
] as const;

/**
 * What exporters and optimisers put in the place of several operators or of a float32 tensor. They
 * have no shape rules, and so stand in the way of any gradient, also where it does not pass them.
 */
export const FUSED = [
  "Attention",
  "DequantizeLinear",
  "EmbedLayerNormalization",
  "GroupQueryAttention",
  "MultiHeadAttention",
  "SkipLayerNormalization",
  "SkipSimplifiedLayerNormalization",
] as const;

/** One entry per operator; a test fails for an operator that has none, or two. */
export const VERDICT_LIST: readonly (readonly [op: string, verdict: Verdict])[] = [
  ...Object.entries(ELEMENTWISE),
  ...Object.entries(MATMUL),
  ...Object.entries(REDUCE),
  ...Object.entries(NORMALIZE),
  ...Object.entries(MOVEMENT),
  ...Object.entries(GATHER),
  ...ZERO.map((op) => [op, "zero"] as const),
  ...NOT_DIFFERENTIABLE.map((op) => [op, "not-differentiable"] as const),
  ...FUSED.map((op) => [op, "not-differentiable"] as const),
];

/** Operator → verdict. */
export const VERDICTS: ReadonlyMap<string, Verdict> = new Map(VERDICT_LIST);
