import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { appErrorOf } from "../../test/helpers/app-error.ts";
import { checkGradient, expectInferredShapes } from "../../test/helpers/check-gradient.ts";
import {
  broadcastable,
  caseOf,
  drawInputs,
  indicesInto,
  real,
  whole,
} from "../../test/helpers/gradient-cases/case.ts";
import { interpret, tensor, type RefTensor } from "../../test/helpers/interpreter/index.ts";
import { GraphBuilder, type Graph, type Operand, type Value } from "../onnx/index.ts";
import { differentiate, gradientName } from "./differentiate.ts";

const floats = (dims: readonly number[], ...values: number[]): RefTensor =>
  tensor("float64", dims, values);

/** Σ x over everything. */
const total = (b: GraphBuilder, x: Value): Value => b.emit("ReduceSum", [x], { keepdims: 0 });

function gradient(graph: Graph, parameter: string, feeds: Record<string, RefTensor>): RefTensor {
  const made = differentiate(graph, { loss: "loss", parameters: [parameter] });
  return interpret(made, feeds).get(gradientName(parameter)) as RefTensor;
}

describe("differentiate", () => {
  it("adds up the ways on which a parameter reaches the loss", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", ["n"]);
    const parts = [b.emit("Mul", [x, x]), b.emit("Exp", [x]), x];
    b.output(total(b, b.emit("Sum", parts)), "loss");
    const { data } = gradient(b.build(), "x", { x: floats([2], 0, 1) });
    expect([...data]).toEqual([2, 2 + Math.E + 1]);
  });

  it("gives zeros of its shape for a parameter that the loss does not depend on", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", ["n"]);
    b.input("y", "float64", [2, "n"]);
    b.output(total(b, x), "loss");
    const feeds = { x: floats([3], 1, 2, 3), y: floats([2, 3], 1, 2, 3, 4, 5, 6) };
    expect(gradient(b.build(), "y", feeds)).toEqual({ ...feeds.y, data: new Float64Array(6) });
  });

  it("takes initializers for parameters too, and keeps the outputs there were", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", [2]);
    const w = b.initializer("w", {
      dtype: "float64",
      dims: [2],
      bytes: new Uint8Array(new Float64Array([3, 4]).buffer),
    });
    b.output(b.emit("Mul", [x, w]), "product");
    b.output(total(b, b.value("product")), "loss");
    const graph = differentiate(b.build(), { loss: "loss", parameters: ["w"] });
    expect(graph.outputs.map(({ name }) => name)).toEqual(["product", "loss", "gradient:w"]);
    const values = interpret(graph, { x: floats([2], 5, 6) });
    expect([...(values.get("gradient:w")?.data ?? [])]).toEqual([5, 6]);
  });

  it("sums the cotangent of an operand over the axes along which it was repeated", () => {
    const operators = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow"] as const;
    const cases = fc.constantFrom(...operators).chain((op) => {
      const positive = (dims: readonly number[]): number[] =>
        Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => 0.7 + 0.31 * i);
      const shapes = broadcastable(2, { empty: false });
      return caseOf(
        op,
        shapes.map(([a = [], b = []]) => ({
          inputs: [real(a, positive), real(b, positive)],
          build: () => [],
        })),
      );
    });
    const property = fc.property(cases, (one) => {
      const [left, right] = drawInputs({ ...one, runs: [{ s0: 2, s1: 3, s2: 1 }] }, 0).map(
        ({ dims, values }) => tensor("float64", dims, values),
      ) as [RefTensor, RefTensor];
      const sum = (expanded: boolean): RefTensor => {
        const b = new GraphBuilder();
        const x = b.input("x", "float64", left.dims);
        const y = b.input("y", "float64", right.dims);
        const rank = Math.max(left.dims.length, right.dims.length);
        const wide = b.emit("Add", [x, b.emit("Mul", [y, b.scalar(0, "float64")])]);
        const same = expanded
          ? b.emit("Expand", [y, b.constant("int64", [rank], wide.shape as number[])])
          : y;
        b.output(total(b, b.emit("Sin", [b.emit(one.op, [x, same])])), "loss");
        return gradient(b.build(), "y", { x: left, y: right });
      };
      const [implicit, explicit] = [sum(false), sum(true)];
      expect(implicit.dims).toEqual(explicit.dims);
      for (const [i, value] of implicit.data.entries()) {
        expect(value).toBeCloseTo(explicit.data[i] as number, 10);
      }
    });
    fc.assert(property, { numRuns: 40 });
  });

  it("makes no tensor of zeros for what cross-entropy picks", () => {
    const picking = (b: GraphBuilder, x: Operand, labels: Operand): Value => {
      const scores = b.emit("LogSoftmax", [x], { axis: 1 });
      return b.emit("GatherElements", [scores, labels], { axis: 1 });
    };
    const cases = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.boolean()).map(([count, thin]) => ({
      inputs: [real(["s0", 3, "s1"]), whole(["s0", count, thin ? 1 : "s1"], indicesInto(3))],
      build: (b: GraphBuilder, [x, labels]: readonly Value[]) => [picking(b, x, labels)],
    }));
    const drawn = caseOf("LogSoftmax", cases, { empty: false });
    fc.assert(fc.property(drawn, checkGradient), { numRuns: 15 });

    const b = new GraphBuilder();
    const x = b.input("x", "float32", ["n", 3]);
    b.output(total(b, picking(b, x, b.input("labels", "int64", ["n", 1]))), "loss");
    const { nodes } = differentiate(b.build(), { loss: "loss", parameters: ["x"] });
    expect(nodes.map(({ op }) => op)).not.toContain("ConstantOfShape");
  });

  it("adds the rows of a table onto the gradient of its other uses", () => {
    const b = new GraphBuilder();
    const table = b.input("table", "float64", [4, 2]);
    const rows = b.emit("Gather", [table, b.input("ids", "int64", ["n"])]);
    const square = b.emit("Mul", [table, table]);
    b.output(b.emit("Add", [total(b, rows), total(b, square)]), "loss");
    const feeds = {
      table: floats([4, 2], 1, 2, 3, 4, 5, 6, 7, 8),
      ids: tensor("int64", [3], [1, 3, 1]),
    };
    const { data } = gradient(b.build(), "table", feeds);
    expect([...data]).toEqual([2, 4, 8, 10, 10, 12, 15, 17]);
  });

  it("writes rows by the faster operator where no row is picked twice", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", ["m", 2]);
    const rows = b.emit("Gather", [x, b.input("places", "int64", ["n"])]);
    b.output(total(b, b.emit("Mul", [rows, rows])), "loss");
    const options = { loss: "loss", parameters: ["x"] };
    const plain = differentiate(b.build(), options);
    const fast = differentiate(b.build(), { ...options, distinctIndices: ["places"] });
    const operators = (graph: Graph): string[] => graph.nodes.map(({ op }) => op);
    expect(operators(plain)).not.toContain("ScatterND");
    expect(operators(fast)).toContain("ScatterND");
    const feeds = { x: floats([3, 2], 1, 2, 3, 4, 5, 6), places: tensor("int64", [2], [2, 0]) };
    const [one, other] = [plain, fast].map((graph) => interpret(graph, feeds).get("gradient:x"));
    expect(one?.data).toEqual(Float64Array.of(2, 4, 0, 0, 10, 12));
    expect(other).toEqual(one);
  });

  it("keeps the shapes of what no graph input carries", () => {
    // Two axes that only a Slice's result has; the reduction drops the one between them.
    const b = new GraphBuilder();
    const x = b.input("x", "float64", ["a", 3, "b"]);
    const cut = b.emit("Slice", [x, b.ints(1, 1), b.ints(9, 9), b.ints(0, 2)]);
    const reduced = b.emit("ReduceLogSumExp", [cut, b.ints(1)], { keepdims: 0 });
    b.output(total(b, b.emit("Mul", [reduced, reduced])), "loss");
    const graph = differentiate(b.build(), { loss: "loss", parameters: ["x"] });
    const values = Array.from({ length: 3 * 3 * 4 }, (_, i) => Math.sin(i));
    const results = interpret(graph, { x: floats([3, 3, 4], ...values) });
    expect(results.get("gradient:x")?.dims).toEqual([3, 3, 4]);
    expectInferredShapes(graph, results);
    checkGradient({
      op: "ReduceLogSumExp",
      inputs: [real(["s0", 3, "s1"])],
      build: (builder, [input]) => {
        const cutOut = builder.emit("Slice", [
          input,
          builder.ints(1, 1),
          builder.ints(9, 9),
          builder.ints(0, 2),
        ]);
        return [builder.emit("ReduceLogSumExp", [cutOut, builder.ints(1)], { keepdims: 0 })];
      },
      runs: [
        { s0: 3, s1: 4 },
        { s0: 2, s1: 2 },
      ],
      seed: 5,
    });
  });

  it("refuses what it cannot differentiate, naming the node", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", [3]);
    b.output(total(b, b.emit("Mod", [x, b.scalar(2, "float64")], { fmod: 1 })), "loss");
    const error = appErrorOf(() => differentiate(b.build(), { loss: "loss", parameters: ["x"] }));
    expect(error.code).toBe("unsupported_graph");
    expect(error.message).toMatch(/node Mod .* not differentiable/);
  });

  it("refuses a fused operator, saying which model to export", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float32", ["batch", "sequence", 4]);
    const scale = b.input("scale", "float32", [4]);
    const normal = b.emitAs(x, "SkipLayerNormalization", [x, x, scale], {});
    b.output(total(b, normal), "loss");
    const error = appErrorOf(() => differentiate(b.build(), { loss: "loss", parameters: ["x"] }));
    expect(error.code).toBe("unsupported_graph");
    expect(error.message).toMatch(/SkipLayerNormalization .* not differentiable.*export the model/);
  });

  it("refuses to be silent about an input that has no gradient", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", [3]);
    const low = b.input("low", "float64", []);
    b.output(total(b, b.emit("Clip", [x, low])), "loss");
    const error = appErrorOf(() => differentiate(b.build(), { loss: "loss", parameters: ["low"] }));
    expect(error.message).toMatch(/no gradient for its input 1 \(low\)/);
  });

  it("refuses a loss that is no single float", () => {
    const b = new GraphBuilder();
    const x = b.input("x", "float64", [3]);
    b.output(b.emit("Neg", [x]), "loss");
    const error = appErrorOf(() => differentiate(b.build(), { loss: "loss", parameters: ["x"] }));
    expect(error).toMatchObject({ code: "unsupported_graph" });
    expect(error.message).toContain("expected one float");
  });
});
