// Cases of operators that work element by element.

import * as fc from "fast-check";
import { dataTypeCode, type Attributes } from "../../../src/onnx/index.ts";
import {
  anyShape,
  anywhere,
  awayFromZero,
  broadcastable,
  caseOf,
  node,
  onGrid,
  positive,
  real,
  truth,
  whole,
  wholeBetween,
  type Case,
  type CaseTable,
  type Fill,
  type Parts,
} from "./case.ts";

function unary(op: string, fill: Fill = anywhere, attributes: Attributes = {}): fc.Arbitrary<Case> {
  const parts = anyShape().map((shape) => ({
    inputs: [real(shape, fill)],
    build: node(op, attributes),
  }));
  return caseOf(op, parts);
}

function binary(op: string, left: Fill = anywhere, right: Fill = anywhere): fc.Arbitrary<Case> {
  const parts = broadcastable(2).map(([a = [], b = []]) => ({
    inputs: [real(a, left), real(b, right)],
    build: node(op),
  }));
  return caseOf(op, parts);
}

/** X and a bias along its last axis; `optional`: X alone is a case too. */
function biased(op: string, optional: boolean): fc.Arbitrary<Case> {
  const parts = fc.tuple(anyShape({ min: 1 }), fc.boolean()).map(([shape, without]) => ({
    inputs: optional && without ? [real(shape)] : [real(shape), real(shape.slice(-1))],
    build: node(op),
  }));
  return caseOf(op, parts);
}

const sum = fc
  .integer({ min: 1, max: 4 })
  .chain((count) => broadcastable(count))
  .map((shapes) => ({ inputs: shapes.map((shape) => real(shape)), build: node("Sum") }));

/** A whole exponent, as exporters write x². */
const wholePower = broadcastable(2).map(([a = [], b = []]) => ({
  inputs: [
    real(a, awayFromZero),
    whole(
      b,
      wholeBetween(
        () => 1,
        () => 4,
      ),
    ),
  ],
  build: node("Pow"),
}));

const clip = fc
  .tuple(anyShape(), fc.constantFrom([-0.5, 0.8], [undefined, 0.8], [-0.5, undefined], []))
  .map(([shape, bounds]): Parts => ({
    inputs: [real(shape, onGrid(0.25))],
    build: (b, [x]) => {
      const scalars = bounds.map((bound) =>
        bound === undefined || x === undefined ? undefined : b.scalar(bound, x.dtype),
      );
      return [b.emit("Clip", [x, ...scalars])];
    },
  }));

const where = broadcastable(3).map(([c = [], a = [], b = []]) => ({
  inputs: [truth(c), real(a), real(b)],
  build: node("Where"),
}));

/** Max and Min of one or two operands. */
function extreme(op: string): fc.Arbitrary<Case> {
  const one = unary(op);
  return fc.oneof({ weight: 5, arbitrary: binary(op, onGrid(0), onGrid(0.3)) }, one);
}

export const ELEMENTWISE_CASES: CaseTable = {
  Add: binary("Add"),
  Sub: binary("Sub"),
  Mul: binary("Mul"),
  Div: binary("Div", anywhere, awayFromZero),
  Pow: fc.oneof(binary("Pow", positive), caseOf("Pow", wholePower)),
  Sum: caseOf("Sum", sum),
  Neg: unary("Neg"),
  Abs: unary("Abs", awayFromZero),
  Exp: unary("Exp"),
  Log: unary("Log", positive),
  Sqrt: unary("Sqrt", positive),
  Reciprocal: unary("Reciprocal", awayFromZero),
  Sin: unary("Sin"),
  Cos: unary("Cos"),
  Softplus: unary("Softplus"),
  Relu: unary("Relu", awayFromZero),
  Sigmoid: unary("Sigmoid"),
  Tanh: unary("Tanh"),
  Erf: unary("Erf"),
  Gelu: fc.oneof(
    unary("Gelu"),
    unary("Gelu", anywhere, { approximate: "none" }),
    unary("Gelu", anywhere, { approximate: "tanh" }),
  ),
  FastGelu: biased("FastGelu", true),
  BiasGelu: biased("BiasGelu", false),
  QuickGelu: fc.oneof(
    unary("QuickGelu"),
    unary("QuickGelu", anywhere, { alpha: 1 }),
    unary("QuickGelu", anywhere, { alpha: 0.7 }),
  ),
  Max: extreme("Max"),
  Min: extreme("Min"),
  Clip: caseOf("Clip", clip),
  Where: caseOf("Where", where),
  Identity: unary("Identity"),
  Dropout: unary("Dropout"),
  Cast: unary("Cast", anywhere, { to: dataTypeCode("float32") }),
  CastLike: binary("CastLike"),
};
