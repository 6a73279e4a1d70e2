// Whether the names in a graph that came out of a file hang together.

import { AppError } from "../base/index.ts";
import type { Graph } from "./graph.ts";

/**
 * Every value is made once, before it is read.
 *
 * @throws AppError `damaged_file` naming the value for which that does not hold.
 */
export function checkReferences(graph: Graph): void {
  const known = new Set<string>();
  const declare = (name: string, where: string): void => {
    if (name === "") return;
    if (known.has(name)) throw damaged(`value ${name} is made twice, the second time by ${where}`);
    known.add(name);
  };
  for (const name of graph.initializers.keys()) declare(name, "an initializer");
  for (const { name } of graph.inputs) {
    // Older writers list initializers among the inputs.
    if (!graph.initializers.has(name)) declare(name, "an input");
  }
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name !== "" && !known.has(name)) throw damaged(`${node.op} reads ${name} too early`);
    }
    for (const name of node.outputs) declare(name, node.op);
  }
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw damaged(`nothing makes the output ${name}`);
  }
}

function damaged(what: string): AppError {
  return new AppError("damaged_file", `the ONNX graph is broken: ${what}; export it again`);
}
