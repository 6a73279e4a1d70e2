import { describe, expect, it } from "vitest";
import { literal, type Graph, type Node } from "../onnx/index.ts";
import { exportedParameters } from "./exported-parameters.ts";

const H = 2;
const QUERY = "bert.self.query";
const KEY = "bert.self.key";

/** What a model would ask for; which of them is which cannot be told by shape. */
const parameters = new Map([
  [`${QUERY}.weight`, [H, H]],
  [`${QUERY}.bias`, [H]],
  [`${KEY}.weight`, [H, H]],
  [`${KEY}.bias`, [H]],
]);

const node = (op: string, name: string, inputs: string[]): Node => {
  return { op, domain: "", name, inputs, outputs: [`${name}#${inputs.join()}`], attributes: {} };
};

function graphOf(nodes: readonly Node[], constants: Record<string, number[]>): Graph {
  const initializers = Object.entries(constants).map(([name, dims]) => {
    const count = dims.reduce((a, b) => a * b, 1);
    return [name, literal("float32", dims, new Float32Array(count))] as const;
  });
  return { name: "g", inputs: [], outputs: [], initializers: new Map(initializers), nodes };
}

/** Which initializer a parameter was found in. */
function found(graph: Graph): Record<string, string> {
  const names = new Map([...graph.initializers].map(([name, tensor]) => [tensor, name]));
  return Object.fromEntries(
    [...exportedParameters({ parameters }, graph)].map(([name, { tensor, isTransposed }]) => [
      name,
      `${names.get(tensor)}${isTransposed ? "ᵀ" : ""}`,
    ]),
  );
}

describe("exportedParameters", () => {
  it("goes by the module that a node belongs to, in whatever order", () => {
    const nodes = [
      node("MatMul", "/wrapper/bert/self/key/MatMul", ["x", "m1"]),
      node("Add", "/wrapper/bert/self/key/Add", ["v1", "y"]),
      node("Gemm", "/wrapper/bert/self/query/Gemm", ["x", "m2", "v2"]),
    ];
    expect(found(graphOf(nodes, { m1: [H, H], v1: [H], m2: [H, H], v2: [H] }))).toEqual({
      [`${KEY}.weight`]: "m1ᵀ",
      [`${KEY}.bias`]: "v1",
      [`${QUERY}.weight`]: "m2ᵀ",
      [`${QUERY}.bias`]: "v2",
    });
  });

  it("goes by the name of a constant, and by the turn of what has none", () => {
    const nodes = [
      node("MatMul", "1", ["x", "m1"]),
      node("Add", "2", ["y", `model.${KEY}.bias`]),
      node("Transpose", "3", ["m2"]),
      node("MatMul", "4", ["x", "3#m2"]),
      node("Add", "5", ["y", "v"]),
    ];
    const constants = { m1: [H, H], m2: [H, H], v: [H], [`model.${KEY}.bias`]: [H] };
    expect(found(graphOf(nodes, constants))).toEqual({
      [`${QUERY}.weight`]: "m1ᵀ",
      [`${QUERY}.bias`]: "v",
      [`${KEY}.weight`]: "m2",
      [`${KEY}.bias`]: `model.${KEY}.bias`,
    });
  });

  it("takes a constant that stands for several equal parameters for each of them", () => {
    const nodes = [
      node("MatMul", "/bert/self/query/MatMul", ["x", "m"]),
      node("MatMul", "/bert/self/key/MatMul", ["x", "m"]),
      node("Add", "/bert/self/query/Add", [`${QUERY}.bias`, "y"]),
      node("Add", "/bert/self/key/Add", [`${QUERY}.bias`, "y"]),
    ];
    const graph = graphOf(nodes, { m: [H, H], [`${QUERY}.bias`]: [H] });
    expect(found(graph)).toMatchObject({
      [`${KEY}.weight`]: "mᵀ",
      [`${KEY}.bias`]: `${QUERY}.bias`,
    });
  });

  it("says what is missing when products were fused into one", () => {
    const nodes = [node("Attention", "a", ["x", "qkv", "b"])];
    expect(() => found(graphOf(nodes, { qkv: [H, 3 * H], b: [3 * H] }))).toThrow(
      /nothing that could be bert\.self\.query\.weight, .* and 1 more; .*Add the safetensors/,
    );
  });

  it.each(["DequantizeLinear", "MatMulInteger", "DynamicQuantizeMatMul", "MatMulNBits"])(
    "refuses weights behind a %s",
    (op) => {
      expect(() => found(graphOf([node(op, "q", ["x"])], {}))).toThrow(/is quantised .*safetensors/);
    },
  );
});
