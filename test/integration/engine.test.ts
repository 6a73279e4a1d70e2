// The engine against the float64 reference: every operator with a gradient rule, forward and
// backward, so also every operator that gradient graphs are made of, in float32, in one session per
// graph for all shapes, into fresh and into given memory.

import * as fc from "fast-check";
import { Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";

import { DEFAULT_OPSETS, encodeModel, type Graph } from "../../src/onnx/index.ts";
import {
  createSession,
  floatTensor,
  intTensorOf,
  type EngineTensor,
  type Feeds,
  type Session,
} from "../../src/runtime/index.ts";
import { differentiateCase, drawFeeds, type RefFeeds } from "../helpers/check-gradient.ts";
import {
  CONTRACTION_CASES,
  ELEMENTWISE_CASES,
  GATHER_CASES,
  MOVEMENT_CASES,
  type Case,
} from "../helpers/gradient-cases/index.ts";
import { interpret, type RefTensor } from "../helpers/interpreter/index.ts";

/** Relative to the largest element of a tensor, or to 1. */
const TOLERANCE = 1e-4;

/** The newest operators need a newer opset than the project writes. */
const OPSETS: Readonly<Record<string, number>> = { RMSNormalization: 23 };

const CASES = Object.entries({
  ...ELEMENTWISE_CASES,
  ...CONTRACTION_CASES,
  ...MOVEMENT_CASES,
  ...GATHER_CASES,
});

const inSinglePrecision = (feeds: RefFeeds): RefFeeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, x]) => [name, { ...x, data: x.data.map(Math.fround) }]),
  );

function engineTensor({ dtype, dims, data }: RefTensor): EngineTensor {
  if (dtype === "bool") return new Tensor("bool", Uint8Array.from(data), dims);
  return dtype === "int64" ? intTensorOf(data, dims) : floatTensor(Float32Array.from(data), dims);
}

async function sessionOf(graph: Graph, opset: number): Promise<Session> {
  const opsets = new Map(DEFAULT_OPSETS).set("", opset);
  return createSession(encodeModel({ graph, opsets, producer: "test" }), { threads: 1 });
}

function expectClose(name: string, seen: ArrayLike<number>, expected: RefTensor): void {
  expect(seen.length, name).toBe(expected.data.length);
  const scale = expected.data.reduce((a, b) => Math.max(a, Math.abs(b)), 1);
  for (const [i, value] of expected.data.entries()) {
    const difference = Math.abs((seen[i] as number) - value);
    expect(difference, `${name}[${i}] is ${seen[i]}`).toBeLessThan(TOLERANCE * scale);
  }
}

/** Memory for each output of this run, full of what is not the answer. */
function memoryFor(graph: Graph, values: ReadonlyMap<string, RefTensor>) {
  const outputs = graph.outputs.map(({ name }) => {
    const { dims, data } = values.get(name) as RefTensor;
    return { name, dims, memory: new Float32Array(data.length).fill(NaN) };
  });
  const fetches: Feeds = Object.fromEntries(
    outputs.map(({ name, dims, memory }) => [name, floatTensor(memory, dims)]),
  );
  return { outputs, fetches };
}

/**
 * The case with no empty axes: over those the engine's MatMul gives what lay in memory and its
 * ReduceSum keeps an axis that it should drop. Nor does it slice scalars.
 */
function withinTheEngine(one: Case): Case | undefined {
  const shapes = one.inputs.map(({ shape }) => shape);
  if (shapes.some((shape) => shape.includes(0))) return undefined;
  if (one.op === "Slice" && shapes.some((shape) => shape.length === 0)) return undefined;
  const runs = one.runs.map((sizes) =>
    Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, Math.max(1, size)])),
  );
  return { ...one, runs };
}

async function checkEngine(one: Case): Promise<void> {
  const made = differentiateCase(one, "float32");
  using session = await sessionOf(made.graph, OPSETS[one.op] ?? 21);
  for (const [run] of one.runs.entries()) {
    const reference = inSinglePrecision(drawFeeds(one, run, made));
    const values = interpret(made.graph, reference);
    const feeds = Object.fromEntries(
      Object.entries(reference).map(([name, x]) => [name, engineTensor(x)]),
    );
    const fresh = await session.run(feeds);
    const { outputs, fetches } = memoryFor(made.graph, values);
    await session.run(feeds, fetches);
    for (const { name, dims, memory } of outputs) {
      const expected = values.get(name) as RefTensor;
      expect(fresh[name]?.dims, name).toEqual(dims);
      expectClose(name, fresh[name]?.data as Float32Array, expected);
      expectClose(name, memory, expected);
    }
  }
}

describe.each(CASES)("the engine's %s", (_op, cases) => {
  it("and the gradient of it are the reference's, for all shapes of one graph", async () => {
    const drawn = cases.map(withinTheEngine).filter((one) => one !== undefined);
    await fc.assert(
      fc.asyncProperty(drawn, (one) => checkEngine(one)),
      { numRuns: 10 },
    );
  });
});
