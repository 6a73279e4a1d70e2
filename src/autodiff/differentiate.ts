// Reverse-mode differentiation as a transform: forward graph in, graph with gradients out. It
// emits plain inference operators and never runs anything.

import { AppError, invariant } from "../base/index.ts";
import type { Graph, Node, TensorLiteral, Value } from "../onnx/index.ts";
import { GraphBuilder, graphError, isFloat, literal } from "../onnx/index.ts";
import { Cotangents } from "./cotangents.ts";
import type { GradientRule, Vjp } from "./rule.ts";
import { Shapes } from "./shapes.ts";
import { FUSED, VERDICTS } from "./verdicts.ts";

export interface DifferentiateOptions {
  /** The output to differentiate: a float tensor with one element. */
  readonly loss: string;
  /** Inputs or initializers whose gradients are wanted. */
  readonly parameters: readonly string[];
  /** Index inputs in which no index stands twice: rows picked by them need no adding up. */
  readonly distinctIndices?: readonly string[];
}

/** The name of the output that carries the gradient of a parameter. */
export const gradientName = (parameter: string): string => `gradient:${parameter}`;

/**
 * The graph extended by one output `gradient:NAME` per parameter, of that parameter's shape:
 * ∂loss/∂parameter. Parameters that the loss does not depend on get zeros. Existing outputs stay.
 *
 * @throws AppError `unsupported_graph` when the way from a parameter to the loss passes an operator
 *   that is not differentiable, or the loss is not a single float.
 */
export function differentiate(graph: Graph, options: DifferentiateOptions): Graph {
  refuseFused(graph);
  const b = GraphBuilder.from(withStatistics(graph));
  const loss = b.value(options.loss);
  if (!isFloat(loss.dtype) || !loss.shape.every((dim) => dim === 1)) {
    throw new AppError(
      "unsupported_graph",
      `the loss ${loss.name} is ${loss.dtype} [${loss.shape.join(", ")}]; expected one float`,
    );
  }
  const forward = [...b.nodes];
  const shapes = new Shapes(b, graph.inputs);
  const active = activeValues(forward, options.parameters);
  const cotangents = new Cotangents(b, (like) => zeros(b, shapes, like));
  const distinct = new Set(options.distinctIndices);
  const ones = loss.shape.map(() => 1);
  cotangents.add(loss.name, b.constant(loss.dtype, ones, [1]));

  for (const node of forward.reverse()) {
    if (!node.inputs.some((name) => active.has(name))) continue;
    if (!node.outputs.some((name) => cotangents.has(name))) continue;
    const rule = ruleOf(node);
    if (rule === undefined) continue;
    const lazies = rule.vjp(vjpContext(b, node, { shapes, cotangents, distinct }));
    for (const [i, name] of node.inputs.entries()) {
      if (!active.has(name) || !isFloat(b.value(name).dtype)) continue;
      const lazy = lazies[i];
      if (lazy === undefined) throw graphError(node, `no gradient for its input ${i} (${name})`);
      cotangents.add(name, lazy());
    }
  }

  for (const name of options.parameters) {
    const parameter = b.value(name);
    const gradient = cotangents.of(name) ?? zeros(b, shapes, parameter);
    b.output(gradient, gradientName(name));
  }
  return b.build(graph.name);
}

/** Without shapes for all of its nodes no graph is differentiated; said before one is missing. */
function refuseFused({ nodes }: Graph): void {
  const fused: readonly string[] = FUSED;
  const node = nodes.find(({ op }) => fused.includes(op));
  if (node === undefined) return;
  throw graphError(
    node,
    "it is not differentiable, as it stands for several operators or for stored weights in fewer " +
      "bits; export the model in float32 without fused operators (graph optimisation off)",
  );
}

/** Nodes get the extra outputs (means, deviations) that their gradient rule reads back. */
function withStatistics(graph: Graph): Graph {
  const nodes = graph.nodes.map((node): Node => {
    const verdict = VERDICTS.get(node.op);
    const wanted = typeof verdict === "object" ? (verdict.outputs ?? 0) : 0;
    const missing = Array.from({ length: wanted }, (_, i) => i).filter((i) => !node.outputs[i]);
    if (missing.length === 0) return node;
    const outputs = Array.from({ length: Math.max(wanted, node.outputs.length) }, (_, i) => {
      return node.outputs[i] || `${node.outputs[0]}:statistic${i}`;
    });
    return { ...node, outputs };
  });
  return { ...graph, nodes };
}

/** Values through which a parameter can reach the loss. */
function activeValues(nodes: readonly Node[], parameters: readonly string[]): Set<string> {
  const active = new Set(parameters);
  for (const node of nodes) {
    const reached = node.inputs.some((name) => active.has(name));
    if (!reached || VERDICTS.get(node.op) === "zero") continue;
    for (const output of node.outputs) if (output !== "") active.add(output);
  }
  return active;
}

function ruleOf(node: Node): GradientRule | undefined {
  const verdict = VERDICTS.get(node.op);
  if (verdict === undefined) throw graphError(node, "no verdict on this operator's gradient");
  if (verdict === "not-differentiable") {
    const advice = "export the model without it, or train only what comes after it";
    throw graphError(node, `it is not differentiable; ${advice}`);
  }
  return verdict === "zero" ? undefined : verdict;
}

function zeros(b: GraphBuilder, shapes: Shapes, like: Value): Value {
  const fill: TensorLiteral = literal(like.dtype, [1], [0]);
  return b.emit("ConstantOfShape", [shapes.vector(like)], { value: fill });
}

function vjpContext(
  b: GraphBuilder,
  node: Node,
  walk: { shapes: Shapes; cotangents: Cotangents; distinct: ReadonlySet<string> },
): Vjp {
  const { shapes, cotangents, distinct } = walk;
  const valueOf = (name: string | undefined, what: string): Value => {
    invariant(name !== undefined && name !== "", () => `${node.op} has no ${what}`);
    return b.value(name);
  };
  const cotangent = (i: number): Value | undefined => cotangents.of(node.outputs[i] ?? "");
  return {
    b,
    node,
    input: (i) => valueOf(node.inputs[i], `input ${i}`),
    optional: (i) => (node.inputs[i] ? b.value(node.inputs[i]) : undefined),
    output: (i) => valueOf(node.outputs[i], `output ${i}`),
    cotangent,
    scattered: (i) => cotangents.scattered(node.outputs[i] ?? ""),
    isDistinct: (indices) => distinct.has(indices.name),
    get dY() {
      return cotangent(0) ?? zeros(b, shapes, valueOf(node.outputs[0], "output 0"));
    },
    emit: (op, inputs, attributes) => b.emit(op, inputs, attributes),
    sumTo: (value, like) => shapes.sumTo(value, like),
    reshapeTo: (value, like) => shapes.reshape(value, like),
    expandTo: (value, like) => shapes.expand(value, like),
    zeros: (like) => zeros(b, shapes, like),
    shapeVector: (like) => shapes.vector(like),
    axisSize: (like, axis) => shapes.axis(like, axis),
  };
}
