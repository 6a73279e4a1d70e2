// Operators that work element by element.

import {
  dataTypeOfCode,
  intAttribute,
  stringAttribute,
  type DataType,
} from "../../../src/onnx/index.ts";
import type { Operator, Operators } from "./operator.ts";
import {
  broadcastDims,
  build,
  filled,
  isFloatType,
  readBroadcast,
  type RefTensor,
} from "./tensor.ts";

const map = (x: RefTensor, f: (value: number) => number): RefTensor => ({
  ...x,
  data: x.data.map(f),
});

const unary =
  (f: (value: number) => number): Operator =>
  ({ input }) =>
    map(input(0), f);

/** f over all inputs, broadcast. */
function combine(
  inputs: readonly RefTensor[],
  dtype: DataType,
  f: (values: readonly number[]) => number,
): RefTensor {
  const dims = broadcastDims(inputs.map((x) => x.dims));
  return build(dtype, dims, (index) => f(inputs.map((x) => readBroadcast(x, index))));
}

const variadic =
  (f: (a: number, b: number) => number): Operator =>
  ({ inputs, input }) =>
    combine(inputs, input(0).dtype, (values) => values.reduce((a, b) => f(a, b)));

const comparison =
  (f: (a: number, b: number) => boolean): Operator =>
  ({ inputs }) =>
    combine(inputs, "bool", ([a = NaN, b = NaN]) => (f(a, b) ? 1 : 0));

/** 2/√π·e^(−x²)·Σ 2ⁿx^(2n+1)/(2n+1)!!, whose terms all have one sign. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const gelu = (x: number): number => (x * (1 + erf(x / Math.SQRT2))) / 2;
const tanhGelu = (x: number): number =>
  (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;

const roundHalfToEven = (x: number): number => {
  const down = Math.floor(x);
  if (x - down !== 0.5) return Math.round(x);
  return down % 2 === 0 ? down : down + 1;
};

const divide: Operator = ({ inputs, input }) => {
  const whole = !isFloatType(input(0).dtype);
  const f = ([a = NaN, b = NaN]: readonly number[]): number => (whole ? Math.trunc(a / b) : a / b);
  return combine(inputs, input(0).dtype, f);
};

/** The sign of the divisor, or with fmod=1 of the dividend. */
const modulo: Operator = ({ inputs, input, node }) => {
  const fmod = intAttribute(node, "fmod", 0) === 1;
  return combine(inputs, input(0).dtype, ([a = NaN, b = NaN]) =>
    fmod ? a % b : a - b * Math.floor(a / b),
  );
};

const biased =
  (f: (x: number) => number): Operator =>
  ({ inputs, input }) =>
    combine(inputs, input(0).dtype, (values) => f(values.reduce((a, b) => a + b)));

const clip: Operator = ({ input, optional }) => {
  const low = optional(1)?.data[0] ?? -Infinity;
  const high = optional(2)?.data[0] ?? Infinity;
  return map(input(0), (x) => Math.min(high, Math.max(low, x)));
};

const convert = (x: RefTensor, dtype: DataType): RefTensor => {
  const f = (value: number): number => {
    if (dtype === "bool") return value === 0 ? 0 : 1;
    return isFloatType(dtype) ? value : Math.trunc(value);
  };
  return { ...map(x, f), dtype };
};

const cast: Operator = ({ input, node }) => {
  const dtype = dataTypeOfCode(intAttribute(node, "to", 0));
  if (dtype === undefined) throw new Error(`Cast to ${intAttribute(node, "to", 0)}`);
  return convert(input(0), dtype);
};

export const ELEMENTWISE: Operators = {
  Identity: unary((x) => x),
  Abs: unary(Math.abs),
  Ceil: unary(Math.ceil),
  Cos: unary(Math.cos),
  Erf: unary(erf),
  Exp: unary(Math.exp),
  Floor: unary(Math.floor),
  Log: unary(Math.log),
  Neg: unary((x) => -x),
  Not: unary((x) => (x === 0 ? 1 : 0)),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(0, x)),
  Round: unary(roundHalfToEven),
  Sigmoid: unary(sigmoid),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Softplus: unary((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Sqrt: unary(Math.sqrt),
  Tanh: unary(Math.tanh),
  Gelu: ({ input, node }) => {
    const tanh = stringAttribute(node, "approximate", "none") === "tanh";
    return map(input(0), tanh ? tanhGelu : gelu);
  },
  BiasGelu: biased(gelu),
  FastGelu: biased(tanhGelu),
  QuickGelu: ({ input, node }) => {
    const alpha = Number(node.attributes["alpha"] ?? 1.702);
    return map(input(0), (x) => x * sigmoid(alpha * x));
  },
  IsNaN: ({ input }) => ({ ...map(input(0), (x) => (Number.isNaN(x) ? 1 : 0)), dtype: "bool" }),
  Add: variadic((a, b) => a + b),
  Sub: variadic((a, b) => a - b),
  Mul: variadic((a, b) => a * b),
  Div: divide,
  Mod: modulo,
  Pow: variadic((a, b) => a ** b),
  Max: variadic(Math.max),
  Min: variadic(Math.min),
  Sum: variadic((a, b) => a + b),
  And: comparison((a, b) => a !== 0 && b !== 0),
  Or: comparison((a, b) => a !== 0 || b !== 0),
  Xor: comparison((a, b) => (a !== 0) !== (b !== 0)),
  Equal: comparison((a, b) => a === b),
  Greater: comparison((a, b) => a > b),
  GreaterOrEqual: comparison((a, b) => a >= b),
  Less: comparison((a, b) => a < b),
  LessOrEqual: comparison((a, b) => a <= b),
  Clip: clip,
  Cast: cast,
  CastLike: ({ input }) => convert(input(0), input(1).dtype),
  Where: ({ inputs, input }) =>
    combine(inputs, input(1).dtype, ([c, a = NaN, b = NaN]) => (c === 0 ? b : a)),
  /** As in inference: nothing is dropped. */
  Dropout: ({ input }) => [input(0), filled("bool", input(0).dims, 1)],
};
