// What an operator of the reference interpreter is.

import type { Node } from "../../../src/onnx/index.ts";
import type { RefTensor } from "./tensor.ts";

export interface Call {
  readonly node: Node;
  /** Input i, which must be there. */
  readonly input: (i: number) => RefTensor;
  /** Input i, or undefined where it was left out. */
  readonly optional: (i: number) => RefTensor | undefined;
  readonly inputs: readonly RefTensor[];
}

/** Gives all outputs, or the one there is. */
export type Operator = (call: Call) => RefTensor | readonly RefTensor[];
export type Operators = Readonly<Record<string, Operator>>;
