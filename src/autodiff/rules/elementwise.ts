// Gradients of operators that work element by element. Equations: Y the output, dY its cotangent.

import type { Value } from "../../onnx/index.ts";
import { graphError, isFloat, stringAttribute } from "../../onnx/index.ts";
import type { GradientRule, RuleTable, Vjp } from "../rule.ts";

/** A rule for Y = f(X): the cotangent of X. */
const unary = (dX: (v: Vjp) => Value): GradientRule => ({ vjp: (v) => [() => dX(v)] });

/** The number `value` in the element type of the node's cotangent. */
const number = (v: Vjp, value: number): Value => v.b.scalar(value, v.dY.dtype);

const times = (v: Vjp, ...factors: Value[]): Value =>
  factors.reduce((a, b) => v.emit("Mul", [a, b]));

/** Y = A + B   dA = sumTo(dY, A)   dB = sumTo(dY, B) */
const add: GradientRule = {
  vjp: (v) => [() => v.sumTo(v.dY, v.input(0)), () => v.sumTo(v.dY, v.input(1))],
};

/** Y = A − B   dB = −sumTo(dY, B) */
const sub: GradientRule = {
  vjp: (v) => [() => v.sumTo(v.dY, v.input(0)), () => v.emit("Neg", [v.sumTo(v.dY, v.input(1))])],
};

/** Y = A·B   dA = sumTo(dY·B, A)   dB = sumTo(dY·A, B) */
const mul: GradientRule = {
  vjp: (v) => [
    () => v.sumTo(times(v, v.dY, v.input(1)), v.input(0)),
    () => v.sumTo(times(v, v.dY, v.input(0)), v.input(1)),
  ],
};

/** Y = A / B   dA = sumTo(dY / B, A)   dB = −sumTo(dY·Y / B, B) */
const div: GradientRule = {
  vjp: (v) => [
    () => v.sumTo(v.emit("Div", [v.dY, v.input(1)]), v.input(0)),
    () => {
      const quotient = v.emit("Div", [times(v, v.dY, v.output(0)), v.input(1)]);
      return v.emit("Neg", [v.sumTo(quotient, v.input(1))]);
    },
  ],
};

/** Y = X^P   dX = dY·P·X^(P−1)   dP = dY·Y·ln X */
const pow: GradientRule = {
  vjp: (v) => {
    const [x, p] = [v.input(0), v.input(1)];
    return [
      () => {
        const one = v.b.scalar(1, p.dtype);
        const power = v.emit("Pow", [x, v.emit("Sub", [p, one])]);
        const factor = p.dtype === x.dtype ? p : v.emit("CastLike", [p, x]);
        return v.sumTo(times(v, v.dY, power, factor), x);
      },
      () => v.sumTo(times(v, v.dY, v.output(0), v.emit("Log", [x])), p),
    ];
  },
};

/** Y = σ(X)   dX = dY·Y·(1 − Y) */
const sigmoid = unary((v) => {
  const y = v.output(0);
  return times(v, v.dY, times(v, y, v.emit("Sub", [number(v, 1), y])));
});

/** Y = tanh X   dX = dY·(1 − Y²) */
const tanh = unary((v) => {
  const square = times(v, v.output(0), v.output(0));
  return times(v, v.dY, v.emit("Sub", [number(v, 1), square]));
});

/** Y = erf X   dX = dY·2/√π·exp(−X²) */
const erf = unary((v) => {
  const x = v.input(0);
  const bell = v.emit("Exp", [v.emit("Neg", [times(v, x, x)])]);
  return times(v, v.dY, times(v, bell, number(v, 2 / Math.sqrt(Math.PI))));
});

/** Φ(X) + X·φ(X), the slope of GELU (Hendrycks & Gimpel 2016, arXiv 1606.08415). */
function geluSlope(v: Vjp, x: Value): Value {
  const half = number(v, 0.5);
  const error = v.emit("Erf", [times(v, x, number(v, Math.SQRT1_2))]);
  const cdf = v.emit("Add", [times(v, error, half), half]);
  const bell = v.emit("Exp", [times(v, times(v, x, x), number(v, -0.5))]);
  const pdf = times(v, bell, number(v, 1 / Math.sqrt(2 * Math.PI)));
  return v.emit("Add", [cdf, times(v, x, pdf)]);
}

/** The slope of X·(1 + tanh u)/2 with u = √(2/π)·(X + 0.044715·X³). */
function tanhGeluSlope(v: Vjp, x: Value): Value {
  const c = Math.sqrt(2 / Math.PI);
  const square = times(v, x, x);
  const cubic = v.emit("Add", [times(v, square, number(v, 0.044715 * c)), number(v, c)]);
  const t = v.emit("Tanh", [times(v, x, cubic)]);
  const half = number(v, 0.5);
  const gate = v.emit("Add", [times(v, t, half), half]);
  const du = v.emit("Add", [times(v, square, number(v, 3 * 0.044715 * c)), number(v, c)]);
  const sech2 = v.emit("Sub", [number(v, 1), times(v, t, t)]);
  return v.emit("Add", [gate, times(v, times(v, x, half), times(v, sech2, du))]);
}

const gelu = unary((v) => {
  const tanhForm = stringAttribute(v.node, "approximate", "none") === "tanh";
  const slope = tanhForm ? tanhGeluSlope : geluSlope;
  return times(v, v.dY, slope(v, v.input(0)));
});

/** com.microsoft BiasGelu and FastGelu: GELU of X + B, B optional in FastGelu. */
const biasedGelu = (slope: (v: Vjp, x: Value) => Value): GradientRule => ({
  vjp: (v) => {
    const bias = v.optional(1);
    let shared: Value | undefined;
    const dSum = (): Value => {
      const x = bias === undefined ? v.input(0) : v.emit("Add", [v.input(0), bias]);
      return (shared ??= times(v, v.dY, slope(v, x)));
    };
    return [() => dSum(), bias && (() => v.sumTo(dSum(), bias))];
  },
});

/** com.microsoft QuickGelu: Y = X·σ(αX)   dX = dY·(σ + α·Y·(1 − σ)); α = 1 is SiLU. */
const quickGelu = unary((v) => {
  const alpha = Number(v.node.attributes["alpha"] ?? 1.702);
  const scale = (x: Value): Value => (alpha === 1 ? x : times(v, x, number(v, alpha)));
  const gate = v.emit("Sigmoid", [scale(v.input(0))]);
  const rest = v.emit("Sub", [number(v, 1), gate]);
  return times(v, v.dY, v.emit("Add", [gate, times(v, scale(v.output(0)), rest)]));
});

/** Keeps dY where `mask` holds. */
const where = (v: Vjp, mask: Value): Value => v.emit("Where", [mask, v.dY, number(v, 0)]);

/** Y = C ? A : B, each side gets its part. */
const select: GradientRule = {
  vjp: (v) => [
    undefined,
    () => v.sumTo(where(v, v.input(0)), v.input(1)),
    () => v.sumTo(v.emit("Where", [v.input(0), number(v, 0), v.dY]), v.input(2)),
  ],
};

/** Y = max(A, B), ties to A; `first` is the comparison under which A is the answer. */
const extreme = (first: "GreaterOrEqual" | "LessOrEqual"): GradientRule => ({
  vjp: (v) => {
    if (v.node.inputs.length === 1) return [() => v.dY];
    if (v.node.inputs.length > 2) throw graphError(v.node, "no gradient for more than two inputs");
    const mine = (): Value => v.emit(first, [v.input(0), v.input(1)]);
    return [
      () => v.sumTo(where(v, mine()), v.input(0)),
      () => v.sumTo(where(v, v.emit("Not", [mine()])), v.input(1)),
    ];
  },
});

/** Y = clip(X, low, high)   dX = dY where X was left as it was */
const clip = unary((v) => where(v, v.emit("Equal", [v.input(0), v.output(0)])));

/** Casts dY back; from whole numbers or truth values there is no way back. */
const cast: GradientRule = {
  vjp: (v) => [
    isFloat(v.input(0).dtype) ? () => v.emit("CastLike", [v.dY, v.input(0)]) : undefined,
  ],
};

/** As Cast; of its second input only the element type counts. */
const castLike: GradientRule = {
  vjp: (v) => [...cast.vjp(v), () => v.zeros(v.input(1))],
};

export const ELEMENTWISE: RuleTable = {
  Add: add,
  Sub: sub,
  Mul: mul,
  Div: div,
  Pow: pow,
  Sum: { vjp: (v) => v.node.inputs.map((_, i) => () => v.sumTo(v.dY, v.input(i))) },
  Neg: unary((v) => v.emit("Neg", [v.dY])),
  Abs: unary((v) => times(v, v.dY, v.emit("Sign", [v.input(0)]))),
  Exp: unary((v) => times(v, v.dY, v.output(0))),
  Log: unary((v) => v.emit("Div", [v.dY, v.input(0)])),
  Sqrt: unary((v) => v.emit("Div", [times(v, v.dY, number(v, 0.5)), v.output(0)])),
  Reciprocal: unary((v) => v.emit("Neg", [times(v, v.dY, times(v, v.output(0), v.output(0)))])),
  Sin: unary((v) => times(v, v.dY, v.emit("Cos", [v.input(0)]))),
  Cos: unary((v) => v.emit("Neg", [times(v, v.dY, v.emit("Sin", [v.input(0)]))])),
  Softplus: unary((v) => times(v, v.dY, v.emit("Sigmoid", [v.input(0)]))),
  Relu: unary((v) => where(v, v.emit("Greater", [v.input(0), number(v, 0)]))),
  Sigmoid: sigmoid,
  Tanh: tanh,
  Erf: erf,
  Gelu: gelu,
  FastGelu: biasedGelu(tanhGeluSlope),
  BiasGelu: biasedGelu(geluSlope),
  QuickGelu: quickGelu,
  Max: extreme("GreaterOrEqual"),
  Min: extreme("LessOrEqual"),
  Clip: clip,
  Where: select,
  Identity: unary((v) => v.dY),
  /** As in inference: the identity. */
  Dropout: unary((v) => v.dY),
  Cast: cast,
  CastLike: castLike,
};
