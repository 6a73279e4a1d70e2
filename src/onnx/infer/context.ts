// What a shape rule sees of a node and what it answers.

import type { DataType } from "../data-type.ts";
import type { Dim, Shape } from "../dims.ts";
import { broadcastShapes, printShape } from "../dims.ts";
import type { Node, TensorType, Value } from "../graph.ts";
import { graphError } from "../graph.ts";

/** The sizes in a small integer tensor (a shape, an axis list), where they are known. */
export type KnownInts = readonly Dim[];

export interface InferContext {
  readonly node: Node;
  /** undefined for an optional input left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** The elements of integer input i where they can be told before the graph runs. */
  known(i: number): KnownInts | undefined;
  /** The same as plain numbers; undefined when any is symbolic. */
  knownNumbers(i: number): readonly number[] | undefined;
}

export interface Inferred {
  readonly types: readonly TensorType[];
  /** Elements of the first output, if they are known sizes. */
  readonly known?: KnownInts | undefined;
}

export type InferRule = (context: InferContext) => Inferred;

/** Input i, which the operator demands. */
export function inputOf(context: InferContext, i: number): Value {
  const value = context.inputs[i];
  if (value === undefined) throw graphError(context.node, `input ${i} is missing`);
  return value;
}

export function one(dtype: DataType, shape: Shape, known?: KnownInts): Inferred {
  return { types: [{ dtype, shape }], known };
}

/** A possibly negative axis of a tensor of this rank as [0, rank). */
export function normalizeAxis(node: Node, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (normal >= 0 && normal < rank) return normal;
  throw graphError(node, `axis ${axis} of a tensor with ${rank} axes`);
}

export function broadcastOrFail(node: Node, a: Shape, b: Shape): Shape {
  const shape = broadcastShapes(a, b);
  if (shape !== undefined) return shape;
  throw graphError(node, `${printShape(a)} and ${printShape(b)} do not broadcast`);
}
