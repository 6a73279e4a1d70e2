// Checks a gradient rule on a drawn case: the differentiated graph, run by the float64 reference,
// against central finite differences in a random direction.

import { expect } from "vitest";
import { differentiate, gradientName } from "../../src/autodiff/index.ts";
import { createRandom, type Random } from "../../src/base/index.ts";
import {
  GraphBuilder,
  isFloat,
  sizeOfShape,
  type DataType,
  type Dim,
  type Graph,
  type Value,
} from "../../src/onnx/index.ts";
import { drawInputs, type Case } from "./gradient-cases/index.ts";
import { interpret, tensor, type RefTensor } from "./interpreter/index.ts";

/** Relative to the largest term; central differences with this step are good to about 1e-9. */
const TOLERANCE = 1e-6;
const STEP = 1e-5;

const LOSS = "loss";
const COTANGENT = "cotangent";
const inputName = (i: number): string => `x${i}`;

export interface DifferentiatedCase {
  readonly forward: Graph;
  /** With `loss`, and one gradient per real input. */
  readonly graph: Graph;
  readonly parameters: readonly string[];
  /** Names of the operator's real results. */
  readonly results: readonly string[];
}

/** The case as a graph in one float type: loss = Σ results·cotangents, and its gradients. */
export function differentiateCase(one: Case, float: DataType): DifferentiatedCase {
  const b = new GraphBuilder();
  const types = { real: float, fixed: float, whole: "int64", truth: "bool" } as const;
  const inputs = one.inputs.map(({ kind, shape }, i) => b.input(inputName(i), types[kind], shape));
  const results = one.build(b, inputs).filter(({ dtype }) => isFloat(dtype));
  const sums = results.map((result, i) => weightedSum(b, result, i, float));
  b.output(sums.length === 1 ? (sums[0] as Value) : b.emit("Sum", sums), LOSS);
  for (const result of results) if (!inputs.includes(result)) b.output(result);
  const forward = b.build();
  const parameters = one.inputs.flatMap(({ kind }, i) => (kind === "real" ? [inputName(i)] : []));
  return {
    forward,
    graph: differentiate(forward, { loss: LOSS, parameters }),
    parameters,
    results: results.map(({ name }) => name),
  };
}

/** Σ result·cotangent, the cotangent a flat input, so that it carries no symbol of the result. */
function weightedSum(b: GraphBuilder, result: Value, i: number, float: DataType): Value {
  const count = sizeOfShape(result.shape);
  const size: Dim = typeof count === "number" ? count : `count${i}`;
  const cotangent = b.input(`${COTANGENT}${i}`, float, [size]);
  const same = result.dtype === float ? result : b.emit("CastLike", [result, cotangent]);
  const flat = b.emit("Reshape", [same, b.ints(-1)]);
  return b.emit("ReduceSum", [b.emit("Mul", [flat, cotangent]), b.ints(0)], { keepdims: 0 });
}

export type RefFeeds = Readonly<Record<string, RefTensor>>;

/** Inputs and cotangents of one run of a case. */
export function drawFeeds(
  one: Case,
  run: number,
  { graph, results }: DifferentiatedCase,
): RefFeeds {
  const feeds: Record<string, RefTensor> = {};
  const typeOf = (name: string): DataType =>
    graph.inputs.find((input) => input.name === name)?.dtype ?? "float64";
  for (const [i, { dims, values }] of drawInputs(one, run).entries()) {
    feeds[inputName(i)] = tensor(typeOf(inputName(i)), dims, values);
  }
  const random = createRandom(one.seed - run - 1);
  const values = interpret(graphUpTo(graph, results), feeds);
  for (const [i, name] of results.entries()) {
    const count = values.get(name)?.data.length ?? 0;
    const cotangent = `${COTANGENT}${i}`;
    feeds[cotangent] = drawNormal(typeOf(cotangent), [count], random);
  }
  return feeds;
}

/** The part of a graph that does not need its cotangents. */
function graphUpTo(graph: Graph, results: readonly string[]): Graph {
  const last = graph.nodes.findLastIndex(({ outputs }) =>
    outputs.some((name) => results.includes(name)),
  );
  const inputs = graph.inputs.filter(({ name }) => !name.startsWith(COTANGENT));
  return { ...graph, inputs, nodes: graph.nodes.slice(0, last + 1) };
}

function drawNormal(dtype: DataType, dims: readonly number[], random: Random): RefTensor {
  const count = dims.reduce((a, b) => a * b, 1);
  return tensor(
    dtype,
    dims,
    Array.from({ length: count }, () => random.normal()),
  );
}

/** Fails when a gradient is not the slope of the loss, or has not the shape that was inferred. */
export function checkGradient(one: Case): void {
  const made = differentiateCase(one, "float64");
  for (const [run] of one.runs.entries()) {
    const feeds = drawFeeds(one, run, made);
    const values = interpret(made.graph, feeds);
    expectInferredShapes(made.graph, values);
    expectSlope(made, { feeds, values }, createRandom(one.seed + 7 * run));
    expectLinear(made, { feeds, values }, createRandom(one.seed + 11 * run));
  }
}

type Values = ReadonlyMap<string, RefTensor>;

function expectSlope(
  { forward, parameters }: DifferentiatedCase,
  { feeds, values }: { feeds: RefFeeds; values: Values },
  random: Random,
): void {
  const directions = new Map(
    parameters.map((name) => {
      const { dtype, dims } = feeds[name] as RefTensor;
      return [name, drawNormal(dtype, dims, random)] as const;
    }),
  );
  const lossAt = (step: number): number => {
    const moved = { ...feeds };
    for (const [name, { data }] of directions) {
      const x = feeds[name] as RefTensor;
      moved[name] = { ...x, data: x.data.map((value, i) => value + step * (data[i] as number)) };
    }
    return interpret(forward, moved).get(LOSS)?.data[0] ?? NaN;
  };
  const slope = (lossAt(STEP) - lossAt(-STEP)) / (2 * STEP);
  let gradientSlope = 0;
  let largest = 1;
  for (const [name, { data }] of directions) {
    const gradient = values.get(gradientOf(values, name)) as RefTensor;
    expect(gradient.dims, `sizes of the gradient of ${name}`).toEqual(feeds[name]?.dims);
    for (const [i, value] of gradient.data.entries()) {
      const term = value * (data[i] as number);
      gradientSlope += term;
      largest = Math.max(largest, Math.abs(term));
    }
  }
  const difference = Math.abs(gradientSlope - slope) / largest;
  expect(difference, `slope ${slope}, by gradients ${gradientSlope}`).toBeLessThan(TOLERANCE);
}

const gradientOf = (values: Values, parameter: string): string => {
  const name = gradientName(parameter);
  if (!values.has(name)) throw new Error(`no gradient of ${parameter}`);
  return name;
};

/** The gradients at 2·cotangent + other are 2·gradient + other gradient. */
function expectLinear(
  { graph, parameters, results }: DifferentiatedCase,
  { feeds, values }: { feeds: RefFeeds; values: Values },
  random: Random,
): void {
  const other = { ...feeds };
  const both = { ...feeds };
  for (const [i] of results.entries()) {
    const name = `${COTANGENT}${i}`;
    const cotangent = feeds[name] as RefTensor;
    const added = drawNormal(cotangent.dtype, cotangent.dims, random);
    const data = cotangent.data.map((value, k) => 2 * value + (added.data[k] as number));
    other[name] = added;
    both[name] = { ...cotangent, data };
  }
  const atOther = interpret(graph, other);
  const atBoth = interpret(graph, both);
  for (const parameter of parameters) {
    const name = gradientName(parameter);
    const mine = values.get(name)?.data ?? [];
    for (const [i, value] of (atBoth.get(name)?.data ?? new Float64Array()).entries()) {
      const sum = 2 * (mine[i] as number) + (atOther.get(name)?.data[i] as number);
      expect(Math.abs(value - sum), `${name}[${i}]`).toBeLessThan(1e-9 * (1 + Math.abs(sum)));
    }
  }
}

/** Every value has the sizes that shape inference told, as far as it told them. */
export function expectInferredShapes(graph: Graph, values: Values): void {
  const inferred = GraphBuilder.from(graph);
  const sizes = new Map<string, number>();
  for (const { name, shape } of graph.inputs) {
    for (const [axis, dim] of shape.entries()) {
      if (typeof dim === "string") sizes.set(dim, values.get(name)?.dims[axis] ?? NaN);
    }
  }
  const sizeOf = (dim: Dim): number | undefined => {
    if (typeof dim === "number") return dim;
    const factors = dim.split("*").map((f) => (/^\d+$/.test(f) ? Number(f) : sizes.get(f)));
    return factors.reduce((a, b) => (a === undefined || b === undefined ? undefined : a * b));
  };
  for (const [name, { dims }] of values) {
    const told = inferred.value(name).shape;
    expect(told.length, `rank of ${name} [${told.join()}]`).toBe(dims.length);
    const expected = told.map((dim, axis) => sizeOf(dim) ?? dims[axis]);
    expect(dims, `sizes of ${name} [${told.join()}]`).toEqual(expected);
  }
}
