// Serving graphs: weights as initializers, in the form that is fastest to run.

import { AppError } from "../base/index.ts";
import type { Int8Limit, Tensor32, Weights } from "../checkpoint/index.ts";
import type { Model } from "../onnx/index.ts";
import { modelOf } from "../onnx/index.ts";
import { int8Operators } from "./int8.ts";
import type { MaskedLanguageModel } from "./masked-lm.ts";
import { FLOAT_OPERATORS } from "./masked-lm.ts";
import { scoringGraph, weightsAsConstants } from "./objective.ts";

/** Whether weight matrices are kept in float32 or in 8-bit integers. */
export type Precision = "fp32" | "int8";

export interface InferenceOptions {
  readonly precision: Precision;
  /** 63 where pairs of 8-bit products overflow; see `int8Limit` in runtime. Default 127. */
  readonly int8Limit?: Int8Limit;
}

/**
 * A model with inputs and outputs of `scoringGraph`. In float32 it shares memory with `weights`.
 *
 * @throws AppError `unsupported_model` when a weight is missing or of another shape.
 */
export function buildInferenceModel(
  model: MaskedLanguageModel,
  weights: Weights,
  { precision, int8Limit = 127 }: InferenceOptions,
): Model {
  const read = (name: string): Float32Array => weightOf(model, weights, name).data;
  const operators =
    precision === "int8" ? int8Operators({ read, limit: int8Limit }) : FLOAT_OPERATORS;
  const graph = scoringGraph(model, weightsAsConstants(read), operators);
  return modelOf(graph);
}

/** The weight of this name, of the shape that config.json asks for. */
export function weightOf(model: MaskedLanguageModel, weights: Weights, name: string): Tensor32 {
  const expected = model.parameters.get(name) ?? [];
  const tensor = weights.get(name);
  if (tensor?.shape.join() === expected.join()) return tensor;
  throw new AppError(
    "unsupported_model",
    `weight ${name} is ${tensor ? `[${tensor.shape.join(", ")}]` : "missing"}; config.json ` +
      `asks for [${expected.join(", ")}]`,
  );
}
