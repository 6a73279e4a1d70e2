// Shape inference: one table, operator → rule.

import type { Node } from "../graph.ts";
import { graphError } from "../graph.ts";
import type { InferContext, Inferred, InferRule } from "./context.ts";
import { CONTRACTION } from "./contraction.ts";
import { ELEMENTWISE } from "./elementwise.ts";
import { MOVEMENT } from "./movement.ts";

const RULES = new Map<string, InferRule>([
  ...Object.entries(ELEMENTWISE),
  ...Object.entries(CONTRACTION),
  ...Object.entries(MOVEMENT),
]);

/** Operators whose shapes can be inferred. */
export const SHAPED_OPERATORS: readonly string[] = [...RULES.keys()].sort();

/**
 * Element types and shapes of a node's outputs.
 *
 * @throws AppError `unsupported_graph` for an unknown operator or shapes that do not fit.
 */
export function inferNode(node: Node, context: Omit<InferContext, "node">): Inferred {
  const rule = RULES.get(node.op);
  if (rule === undefined) throw graphError(node, "no shape rule for this operator");
  return rule({ node, ...context });
}
