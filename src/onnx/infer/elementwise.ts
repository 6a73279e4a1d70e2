// Shape rules of operators that work element by element, with broadcasting.

import type { DataType } from "../data-type.ts";
import { dataTypeOfCode, isFloat } from "../data-type.ts";
import type { Dim } from "../dims.ts";
import { addDims, divideDims, multiplyDims } from "../dims.ts";
import { graphError, intAttribute } from "../graph.ts";
import type { InferContext, Inferred, InferRule, KnownInts } from "./context.ts";
import { broadcastOrFail, inputOf, one } from "./context.ts";

const same: InferRule = (context) => {
  const x = inputOf(context, 0);
  return one(x.dtype, x.shape, context.known(0));
};

const unary: InferRule = (context) => {
  const x = inputOf(context, 0);
  return one(x.dtype, x.shape);
};

function broadcastAll(context: InferContext, dtype: DataType): Inferred {
  const shapes = context.inputs.flatMap((input) => (input === undefined ? [] : [input.shape]));
  return one(
    dtype,
    shapes.reduce((a, b) => broadcastOrFail(context.node, a, b)),
  );
}

/** Arithmetic on sizes (a Shape's element times 2, say) stays known. */
function arithmetic(combine: (a: Dim, b: Dim) => Dim | undefined): InferRule {
  return (context) => {
    const inferred = broadcastAll(context, inputOf(context, 0).dtype);
    const a = context.known(0);
    const b = context.known(1);
    if (a === undefined || b === undefined) return inferred;
    const length = Math.max(a.length, b.length);
    const pick = (list: KnownInts, i: number): Dim | undefined => list[list.length === 1 ? 0 : i];
    const known: Dim[] = [];
    for (let i = 0; i < length; i++) {
      const x = pick(a, i);
      const y = pick(b, i);
      const dim = x === undefined || y === undefined ? undefined : combine(x, y);
      if (dim === undefined) return inferred;
      known.push(dim);
    }
    return { ...inferred, known };
  };
}

const subtract = (a: Dim, b: Dim): Dim | undefined => {
  if (b === 0) return a;
  return typeof a === "number" && typeof b === "number" ? a - b : undefined;
};

/** Whole numbers divide towards zero, as integer Div does. */
const divide: InferRule = (context) => {
  const whole = !isFloat(inputOf(context, 0).dtype);
  const quotient = (a: Dim, b: Dim): Dim | undefined => {
    const numbers = typeof a === "number" && typeof b === "number" && b !== 0;
    return whole && numbers ? Math.trunc(a / b) : divideDims(a, b);
  };
  return arithmetic(quotient)(context);
};

const comparison: InferRule = (context) => broadcastAll(context, "bool");
const variadic: InferRule = (context) => broadcastAll(context, inputOf(context, 0).dtype);

const cast: InferRule = (context) => {
  const to = dataTypeOfCode(intAttribute(context.node, "to", 0));
  if (to === undefined) {
    throw graphError(context.node, `element type ${intAttribute(context.node, "to", 0)}`);
  }
  return one(to, inputOf(context, 0).shape, context.known(0));
};

const castLike: InferRule = (context) =>
  one(inputOf(context, 1).dtype, inputOf(context, 0).shape, context.known(0));

/** com.microsoft.QuickGelu, Dropout and others keep the first input's shape. */
const dropout: InferRule = (context) => {
  const x = inputOf(context, 0);
  return {
    types: [
      { dtype: x.dtype, shape: x.shape },
      { dtype: "bool", shape: x.shape },
    ],
  };
};

const where: InferRule = (context) => {
  const types = broadcastAll(context, inputOf(context, 1).dtype).types;
  const condition = context.known(0);
  const a = context.known(1);
  const b = context.known(2);
  // The exporter's idiom Where(shape == -1, 1, shape): only numbers can decide it.
  if (condition === undefined || a === undefined || b === undefined) return { types };
  const known = condition.map((c, i) => (c === 0 ? b : a)[i] ?? 1);
  return { types, known };
};

const equal: InferRule = (context) => {
  const types = comparison(context).types;
  const a = context.known(0);
  const b = context.known(1);
  if (a === undefined || b === undefined || a.length !== b.length) return { types };
  // A size is never negative, so a symbol differs from -1 for certain; otherwise it is unknown.
  const known: Dim[] = [];
  for (const [i, x] of a.entries()) {
    const y = b[i] as Dim;
    if (x === y) known.push(1);
    else if (typeof x === "number" && typeof y === "number") known.push(0);
    else if (x === -1 || y === -1) known.push(0);
    else return { types };
  }
  return { types, known };
};

export const ELEMENTWISE: Readonly<Record<string, InferRule>> = {
  Abs: unary,
  Ceil: unary,
  Cos: unary,
  Erf: unary,
  Exp: unary,
  Floor: unary,
  Gelu: unary,
  FastGelu: unary,
  BiasGelu: unary,
  QuickGelu: unary,
  Identity: same,
  Log: unary,
  LogSoftmax: unary,
  Neg: unary,
  Not: unary,
  Reciprocal: unary,
  Relu: unary,
  Round: unary,
  Sigmoid: unary,
  Sign: unary,
  Sin: unary,
  Softmax: unary,
  Softplus: unary,
  Sqrt: unary,
  Tanh: unary,
  Clip: unary,
  CumSum: unary,
  Trilu: unary,
  IsNaN: (context) => one("bool", inputOf(context, 0).shape),
  Add: arithmetic(addDims),
  Sub: arithmetic(subtract),
  Mul: arithmetic(multiplyDims),
  Div: divide,
  Mod: variadic,
  Pow: variadic,
  Max: variadic,
  Min: variadic,
  Sum: variadic,
  And: comparison,
  Or: comparison,
  Xor: comparison,
  Equal: equal,
  Greater: comparison,
  GreaterOrEqual: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Cast: cast,
  CastLike: castLike,
  Where: where,
  Dropout: dropout,
};
