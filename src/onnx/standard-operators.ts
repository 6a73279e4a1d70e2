// ONNX Runtime's own operators → those of the ONNX standard, so that any engine can run a graph.

import type { Value } from "./graph.ts";
import { graphError, intAttribute, MICROSOFT, type Graph, type Node } from "./graph.ts";
import { GraphBuilder, type Operand } from "./builder.ts";

type Lowering = (b: GraphBuilder, node: Node, inputs: readonly Operand[]) => Value;

/**
 * The same graph in operators of the standard domain alone; inputs and outputs keep their names.
 *
 * @throws AppError `unsupported_graph` for an operator that has no counterpart here.
 */
export function toStandardOperators(graph: Graph): Graph {
  const b = new GraphBuilder();
  for (const input of graph.inputs) b.input(input.name, input.dtype, input.shape);
  for (const [name, tensor] of graph.initializers) b.initializer(name, tensor);
  // Values that nodes make get names of their own: new ones must not meet old ones.
  const renamed = new Map<string, Value>();
  const valueOf = (name: string): Value => renamed.get(name) ?? b.value(name);
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => (name === "" ? undefined : valueOf(name)));
    const outputs = toStandard(b, node, inputs);
    for (const [i, name] of node.outputs.entries()) {
      const value = outputs[i];
      if (name !== "" && value !== undefined) renamed.set(name, value);
    }
  }
  for (const output of graph.outputs) b.output(valueOf(output.name), output.name);
  return b.build(graph.name);
}

function toStandard(b: GraphBuilder, node: Node, inputs: readonly Operand[]): readonly Value[] {
  const { op, attributes, outputs } = node;
  if (node.domain !== MICROSOFT)
    return b.emitAll(op, inputs, { attributes, outputs: outputs.length });
  const lower = LOWERINGS[op];
  if (lower === undefined) throw graphError(node, "it has no counterpart in standard ONNX");
  return [lower(b, node, inputs)];
}

const swapLast = (b: GraphBuilder, x: Value): Value => {
  const rank = x.shape.length;
  const perm = x.shape.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
  return b.emit("Transpose", [x], { perm });
};

/** Y = α·op(A)·op(B) */
const fusedMatMul: Lowering = (b, node, [x, y]) => {
  const turned = (value: Operand, flag: string): Operand =>
    value && intAttribute(node, flag, 0) === 1 ? swapLast(b, value) : value;
  const alpha = Number(node.attributes["alpha"] ?? 1);
  const left = turned(x, "transA");
  const scaled = left && alpha !== 1 ? b.emit("Mul", [left, b.scalar(alpha)]) : left;
  return b.emit("MatMul", [scaled, turned(y, "transB")]);
};

/** Y = X·σ(αX) */
const quickGelu: Lowering = (b, node, [x]) => {
  const alpha = Number(node.attributes["alpha"] ?? 1.702);
  const scaled = alpha === 1 ? x : b.emit("Mul", [x, b.scalar(alpha)]);
  return b.emit("Mul", [x, b.emit("Sigmoid", [scaled])]);
};

/**
 * The halves (x₁, x₂) of each head turned by their position's angle:
 * (x₁·cos − x₂·sin, x₂·cos + x₁·sin).  x [B, S, A·D]  cos, sin [positions, D/2]
 */
const rotaryEmbedding: Lowering = (b, node, [x, start, cos, sin]) => {
  const heads = intAttribute(node, "num_heads", 0);
  const half = cos?.shape[1];
  const fromStart = start !== undefined && b.known(start)?.join() === "0";
  const interleaved = intAttribute(node, "interleaved", 0) === 1;
  if (x?.shape.length !== 3 || typeof half !== "number" || heads === 0) {
    throw graphError(node, "expected an input [B, S, A·D] with num_heads and a known head size");
  }
  if (!fromStart || interleaved) throw graphError(node, "expected halves, from position 0");
  const split = b.emit("Reshape", [x, b.ints(0, 0, heads, 2 * half)]);
  const sizes = { attributes: { axis: -1 }, outputs: 2 };
  const [first, second] = b.emitAll("Split", [split, b.ints(half, half)], sizes);
  const length = b.emit("Shape", [x], { start: 1, end: 2 });
  const rows = (table: Operand): Value => {
    const used = b.emit("Slice", [table, b.ints(0), length, b.ints(0)]);
    return b.emit("Unsqueeze", [used, b.ints(1)]);
  };
  const [c, s] = [rows(cos), rows(sin)];
  const times = (part: Operand, table: Value): Value => b.emit("Mul", [part, table]);
  const turned = [
    b.emit("Sub", [times(first, c), times(second, s)]),
    b.emit("Add", [times(second, c), times(first, s)]),
  ];
  const joined = b.emit("Concat", turned, { axis: -1 });
  return b.emit("Reshape", [joined, b.ints(0, 0, 2 * half * heads)]);
};

const LOWERINGS: Readonly<Record<string, Lowering>> = {
  FusedMatMul: fusedMatMul,
  QuickGelu: quickGelu,
  RotaryEmbedding: rotaryEmbedding,
};
