// The reference interpreter: runs a graph in float64, one node after the other. It is what the
// gradient rules and the engine are measured against, so it shares no arithmetic with either.

import type { Graph, Node } from "../../../src/onnx/index.ts";
import { CONTRACTION } from "./contraction.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { GATHER } from "./gather.ts";
import { MOVEMENT } from "./movement.ts";
import { NORMALIZE } from "./normalize.ts";
import type { Operator } from "./operator.ts";
import { REDUCE } from "./reduce.ts";
import { fromLiteral, type RefTensor } from "./tensor.ts";

const OPERATORS: ReadonlyMap<string, Operator> = new Map(
  [ELEMENTWISE, CONTRACTION, REDUCE, MOVEMENT, GATHER, NORMALIZE].flatMap((table) =>
    Object.entries(table),
  ),
);

/** Operators that the interpreter knows. */
export const INTERPRETED_OPERATORS: readonly string[] = [...OPERATORS.keys()].sort();

/** Every value of the graph by name: inputs, initializers, and what each node gives. */
export function interpret(
  graph: Graph,
  feeds: Readonly<Record<string, RefTensor>>,
): ReadonlyMap<string, RefTensor> {
  const values = new Map<string, RefTensor>();
  for (const [name, tensor] of graph.initializers) values.set(name, fromLiteral(tensor));
  for (const { name } of graph.inputs) {
    const fed = feeds[name];
    if (fed !== undefined) values.set(name, fed);
    else if (!values.has(name)) throw new Error(`input ${name} is not fed`);
  }
  for (const node of graph.nodes) {
    const outputs = runNode(node, values);
    for (const [i, name] of node.outputs.entries()) {
      const output = outputs[i];
      if (name === "") continue;
      if (output === undefined) throw new Error(`${node.op} has no output ${i}`);
      values.set(name, output);
    }
  }
  return values;
}

function runNode(node: Node, values: ReadonlyMap<string, RefTensor>): readonly RefTensor[] {
  const operator = OPERATORS.get(node.op);
  if (operator === undefined) throw new Error(`the interpreter does not know ${node.op}`);
  const valueOf = (name: string): RefTensor => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`${node.op} reads ${name} before it is there`);
    return value;
  };
  const optional = (i: number): RefTensor | undefined => {
    const name = node.inputs[i];
    return name ? valueOf(name) : undefined;
  };
  const input = (i: number): RefTensor => {
    const value = optional(i);
    if (value === undefined) throw new Error(`${node.op} needs input ${i}`);
    return value;
  };
  const inputs = node.inputs.filter((name) => name !== "").map(valueOf);
  const result = operator({ node, input, optional, inputs });
  return Array.isArray(result) ? (result as readonly RefTensor[]) : [result as RefTensor];
}

export { tensor, type RefTensor } from "./tensor.ts";
