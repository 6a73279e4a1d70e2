// The reference against numbers worked out by hand or given in the ONNX specification.

import { describe, expect, it } from "vitest";
import type { Attributes, Graph } from "../../../src/onnx/index.ts";
import { erf } from "./elementwise.ts";
import { interpret, tensor, type RefTensor } from "./index.ts";

const floats = (dims: readonly number[], ...values: number[]): RefTensor =>
  tensor("float64", dims, values);
const ints = (dims: readonly number[], ...values: number[]): RefTensor =>
  tensor("int64", dims, values);

/** The outputs of one node as [sizes, numbers]. */
function run(
  op: string,
  inputs: readonly RefTensor[],
  { attributes = {}, outputs = 1 }: { attributes?: Attributes; outputs?: number } = {},
): [readonly number[], number[]][] {
  const names = inputs.map((_, i) => `x${i}`);
  const results = Array.from({ length: outputs }, (_, i) => `y${i}`);
  const graph: Graph = {
    name: "one node",
    inputs: inputs.map(({ dtype, dims }, i) => ({ name: `x${i}`, dtype, shape: dims })),
    outputs: [],
    initializers: new Map(),
    nodes: [{ op, domain: "", name: op, inputs: names, outputs: results, attributes }],
  };
  const values = interpret(graph, Object.fromEntries(inputs.map((x, i) => [`x${i}`, x])));
  return results.map((name) => {
    const { dims, data } = values.get(name) as RefTensor;
    return [dims, [...data]];
  });
}

const one = (...parameters: Parameters<typeof run>): [readonly number[], number[]] =>
  run(...parameters)[0] as [readonly number[], number[]];

describe("the reference interpreter", () => {
  it.each([
    [0.5, 0.5204998778130465],
    [-1, -0.8427007929497149],
    [2.5, 0.999593047982555],
    [7, 1],
    [0, 0],
  ])("knows erf(%f)", (x, expected) => {
    expect(erf(x)).toBeCloseTo(expected, 14);
  });

  it("broadcasts from the right", () => {
    const sum = one("Add", [floats([2, 1], 10, 20), floats([3], 1, 2, 3)]);
    expect(sum).toEqual([
      [2, 3],
      [11, 12, 13, 21, 22, 23],
    ]);
  });

  it("divides whole numbers towards zero and rounds halves to even", () => {
    expect(one("Div", [ints([2], -7, 7), ints([], 2)])[1]).toEqual([-3, 3]);
    expect(one("Round", [floats([4], 0.5, 1.5, 2.5, -2.3)])[1]).toEqual([0, 2, 2, -2]);
  });

  it("multiplies matrices and transposes operands", () => {
    const a = floats([2, 3], 1, 2, 3, 4, 5, 6);
    const b = floats([3, 2], 1, 0, 0, 1, 1, 1);
    const expected = [
      [2, 2],
      [4, 5, 10, 11],
    ];
    expect(one("MatMul", [a, b])).toEqual(expected);
    const bT = floats([2, 3], 1, 0, 1, 0, 1, 1);
    expect(one("FusedMatMul", [a, bT], { attributes: { transB: 1 } })).toEqual(expected);
    const half = { attributes: { transB: 1, alpha: 0.5, beta: 2 } };
    expect(one("Gemm", [a, bT, floats([2], 1, 0)], half)[1]).toEqual([4, 2.5, 7, 5.5]);
    expect(one("MatMul", [floats([2], 1, 2), floats([2], 3, 4)])).toEqual([[], [11]]);
  });

  it("reduces over the axes it is told", () => {
    const x = floats([2, 3], 1, 2, 3, 4, 5, 6);
    expect(one("ReduceSum", [x, ints([1], 1)])).toEqual([
      [2, 1],
      [6, 15],
    ]);
    expect(one("ReduceMax", [x], { attributes: { keepdims: 0 } })).toEqual([[], [6]]);
    expect(one("ReduceL2", [x, ints([1], 0)], { attributes: { keepdims: 0 } })[0]).toEqual([3]);
    const noop = { attributes: { noop_with_empty_axes: 1 } };
    expect(one("ReduceSum", [x, ints([0])], noop)[1]).toEqual([...x.data]);
    expect(one("ReduceSum", [floats([0, 2]), ints([1], 0)])).toEqual([
      [1, 2],
      [0, 0],
    ]);
  });

  it("sums along an axis from either end", () => {
    const sum = (attributes: Attributes): number[] =>
      one("CumSum", [floats([3], 1, 2, 3), ints([], 0)], { attributes })[1];
    expect(sum({})).toEqual([1, 3, 6]);
    expect(sum({ exclusive: 1 })).toEqual([0, 1, 3]);
    expect(sum({ reverse: 1 })).toEqual([6, 5, 3]);
    expect(sum({ reverse: 1, exclusive: 1 })).toEqual([5, 3, 0]);
  });

  it("normalises over the last axes and gives the statistics", () => {
    const inputs = [floats([1, 2], 1, 3), floats([2], 2, 2), floats([2], 0, 1)];
    const [y, mean, inverse] = run("LayerNormalization", inputs, {
      attributes: { epsilon: 0 },
      outputs: 3,
    });
    expect(y).toEqual([
      [1, 2],
      [-2, 3],
    ]);
    expect(mean).toEqual([[1, 1], [2]]);
    expect(inverse).toEqual([[1, 1], [1]]);
    const root = { attributes: { epsilon: 0 } };
    expect(one("RMSNormalization", [floats([2], 3, 4), floats([2], 1, 1)], root)[1][0]).toBeCloseTo(
      3 / Math.sqrt(12.5),
    );
  });

  it("slices as Python does", () => {
    const x = ints([5], 0, 1, 2, 3, 4);
    const slice = (start: number, end: number, step: number): number[] =>
      one("Slice", [x, ints([1], start), ints([1], end), ints([1], 0), ints([1], step)])[1];
    expect(slice(1, -1, 1)).toEqual([1, 2, 3]);
    expect(slice(-100, 100, 2)).toEqual([0, 2, 4]);
    expect(slice(-1, -100, -1)).toEqual([4, 3, 2, 1, 0]);
    expect(slice(3, 1, 1)).toEqual([]);
  });

  it("moves, joins and cuts", () => {
    const x = ints([2, 3], 1, 2, 3, 4, 5, 6);
    expect(one("Transpose", [x])).toEqual([
      [3, 2],
      [1, 4, 2, 5, 3, 6],
    ]);
    expect(one("Reshape", [x, ints([2], 0, -1)])[0]).toEqual([2, 3]);
    expect(one("Concat", [x, ints([2, 1], 7, 8)], { attributes: { axis: 1 } })[1]).toEqual([
      1, 2, 3, 7, 4, 5, 6, 8,
    ]);
    expect(run("Split", [x], { attributes: { axis: 1 }, outputs: 2 })).toEqual([
      [
        [2, 2],
        [1, 2, 4, 5],
      ],
      [
        [2, 1],
        [3, 6],
      ],
    ]);
    expect(one("Pad", [ints([2], 1, 2), ints([2], 1, 2)])[1]).toEqual([0, 1, 2, 0, 0]);
    expect(one("Tile", [ints([2], 1, 2), ints([1], 2)])[1]).toEqual([1, 2, 1, 2]);
    expect(one("Trilu", [x], { attributes: { upper: 0 } })[1]).toEqual([1, 0, 0, 4, 5, 0]);
    expect(one("Range", [ints([], 1), ints([], 6), ints([], 2)])[1]).toEqual([1, 3, 5]);
  });

  it("gathers and scatters by index", () => {
    const x = floats([3, 2], 1, 1.5, 2, 2.5, 3, 3.5);
    expect(one("Gather", [x, ints([2, 1], 0, -1)])).toEqual([
      [2, 1, 2],
      [1, 1.5, 3, 3.5],
    ]);
    expect(one("GatherElements", [x, ints([1, 2], 2, 0)])[1]).toEqual([3, 1.5]);
    expect(one("GatherND", [x, ints([2, 2], 0, 1, 2, 0)])).toEqual([[2], [1.5, 3]]);
    const add = { attributes: { reduction: "add" } };
    const rows = [floats([3], 0, 0, 0), ints([3], 1, 1, -1), floats([3], 1, 2, 5)];
    expect(one("ScatterElements", rows, add)[1]).toEqual([0, 3, 5]);
    const tuples = [floats([2, 2], 0, 0, 0, 0), ints([2, 1], 1, 1), floats([2, 2], 1, 2, 3, 4)];
    expect(one("ScatterND", tuples, add)[1]).toEqual([0, 0, 4, 6]);
    expect(() => one("Gather", [x, ints([], 3)])).toThrow("index 3 of an axis of 3");
  });

  it("finds the largest in order", () => {
    const [values, indices] = run("TopK", [floats([4], 1, 7, 3, 7), ints([1], 3)], { outputs: 2 });
    expect(values?.[1]).toEqual([7, 7, 3]);
    expect(indices?.[1]).toEqual([1, 3, 2]);
  });

  it("turns each pair of a head by the angle of its position", () => {
    const x = floats([1, 2, 4], 1, 0, 0, 1, 1, 0, 0, 1);
    const cos = floats([2, 2], 1, 1, 0, 0);
    const sin = floats([2, 2], 0, 0, 1, 1);
    const turned = one("RotaryEmbedding", [x, ints([1], 0), cos, sin]);
    expect(turned[1]).toEqual([1, 0, 0, 1, 0, -1, 1, 0]);
  });
});
