// Serving graphs: weights as initializers, in the form that is fastest to run.

import { AppError } from "../base/index.ts";
import type { Tensor32, Weights } from "../checkpoint/index.ts";
import type { Model } from "../onnx/index.ts";
import { DEFAULT_OPSETS, literal } from "../onnx/index.ts";
import type { MaskedLanguageModel } from "./masked-lm.ts";
import { scoringGraph, type ParameterSourceFor } from "./objective.ts";

/** Whether weight matrices are kept in float32 or in 8-bit integers. */
export type Precision = "fp32" | "int8";

/**
 * A model with the inputs and outputs of `scoringGraph`.
 *
 * @throws AppError `unsupported_model` when a weight is missing or of another shape.
 */
export function buildInferenceModel(
  model: MaskedLanguageModel,
  weights: Weights,
  _options: { readonly precision: Precision },
): Model {
  const graph = scoringGraph(model, weightsAsInitializers(model, weights));
  return { graph, opsets: DEFAULT_OPSETS, producer: "whetstone" };
}

/** Weights as constants of the graph; memory is shared with `weights`. */
function weightsAsInitializers(model: MaskedLanguageModel, weights: Weights): ParameterSourceFor {
  return (b) => (name) => {
    const { shape, data } = weightOf(model, weights, name);
    return b.initializer(name, literal("float32", shape, data));
  };
}

/** The weight of this name, of the shape that config.json asks for. */
function weightOf(model: MaskedLanguageModel, weights: Weights, name: string): Tensor32 {
  const expected = model.parameters.get(name) ?? [];
  const tensor = weights.get(name);
  if (tensor?.shape.join() === expected.join()) return tensor;
  throw new AppError(
    "unsupported_model",
    `weight ${name} is ${tensor ? `[${tensor.shape.join(", ")}]` : "missing"}; config.json ` +
      `asks for [${expected.join(", ")}]`,
  );
}
