// What a gradient rule is: from the cotangents of a node's outputs to those of its inputs.

import type { GraphBuilder, Node, Operand, Value, Attributes } from "../onnx/index.ts";
import type { Cotangent, Scattered } from "./cotangents.ts";

/** Emits one input's cotangent; not called when nobody asks for it. */
export type Lazy = () => Cotangent;

export interface Vjp {
  readonly b: GraphBuilder;
  readonly node: Node;
  /** Input i; a BugError where an optional one was left out. */
  input(i: number): Value;
  /** Input i, or undefined where it was left out. */
  optional(i: number): Value | undefined;
  output(i: number): Value;
  /** The cotangent of output i; undefined where nothing depends on that output. */
  cotangent(i: number): Value | undefined;
  /** The cotangent of output i where it is one scattered one, which need not be made whole. */
  scattered(i: number): Scattered | undefined;
  /** Whether no index stands twice in `indices`. */
  isDistinct(indices: Value): boolean;
  /** The cotangent of the first output. */
  readonly dY: Value;
  emit(op: string, inputs: readonly Operand[], attributes?: Attributes): Value;
  /** `value` summed over the axes along which `like` was broadcast, in the shape of `like`. */
  sumTo(value: Value, like: Value): Value;
  /** `value` with the shape of `like`, which has as many elements. */
  reshapeTo(value: Value, like: Value): Value;
  /** `value` repeated to the shape of `like`. */
  expandTo(value: Value, like: Value): Value;
  /** Zeros of the type and shape of `like`. */
  zeros(like: Value): Value;
  /** The shape of `like` as an int64 vector, from known sizes and graph inputs where possible. */
  shapeVector(like: Value): Value;
  /** One axis size of `like` as int64 [1], from where `shapeVector` takes it. */
  axisSize(like: Value, axis: number): Value;
}

export interface GradientRule {
  /** The node must have this many outputs, which the rule reads back (statistics, say). */
  readonly outputs?: number;
  /** One per input; undefined for inputs that are no floats, or that it is an error to ask for. */
  readonly vjp: (context: Vjp) => readonly (Lazy | undefined)[];
}

/**
 * Every operator has one verdict: a rule; "zero", its derivative vanishes or its results are
 * integers or truth values; or "not-differentiable", asking for its gradient is an error.
 */
export type Verdict = GradientRule | "zero" | "not-differentiable";

export type RuleTable = Readonly<Record<string, GradientRule>>;
