// Hugging Face activation names → operators.

import { AppError } from "../base/index.ts";
import type { GraphBuilder, Value } from "../onnx/index.ts";

const ACTIVATIONS: Readonly<Record<string, (b: GraphBuilder, x: Value) => Value>> = {
  gelu: (b, x) => b.emit("Gelu", [x], { approximate: "none" }),
  gelu_new: (b, x) => b.emit("Gelu", [x], { approximate: "tanh" }),
  gelu_pytorch_tanh: (b, x) => b.emit("Gelu", [x], { approximate: "tanh" }),
  relu: (b, x) => b.emit("Relu", [x]),
  // QuickGelu is x·σ(αx): with α = 1 it is SiLU in one pass.
  silu: (b, x) => b.emit("QuickGelu", [x], { alpha: 1 }),
  swish: (b, x) => b.emit("QuickGelu", [x], { alpha: 1 }),
};

export type Activation = (b: GraphBuilder, x: Value) => Value;

/** @throws AppError `unsupported_model` for a name that no operator stands for. */
export function activation(name: string): Activation {
  const emit = ACTIVATIONS[name];
  if (emit !== undefined) return emit;
  const known = Object.keys(ACTIVATIONS).join(", ");
  throw new AppError("unsupported_model", `activation "${name}" in config.json; known: ${known}`);
}
