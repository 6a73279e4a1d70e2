// The weights under training: their memory, their gradients, their optimiser state.

import type { Random } from "../base/index.ts";
import { AppError } from "../base/index.ts";
import type { Tensor32, Weights } from "../checkpoint/index.ts";
import { elementCountOf } from "../checkpoint/index.ts";
import type { MaskedLanguageModel } from "../models/index.ts";
import type { Moments } from "./optimisation/adamw.ts";

/**
 * One trained tensor with everything a step needs; all arrays have its size. Each step of an
 * optimiser may put other arrays in their place.
 */
export interface TrainedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  readonly moments: Moments;
  /** Matrices shrink, norms and biases do not. */
  readonly decays: boolean;
  /** Share of the run's learning rate, 0..1. */
  readonly rateShare: number;
}

export function trainedParameter(
  name: string,
  { shape, data }: Tensor32,
  rateShare = 1,
): TrainedParameter {
  return {
    name,
    shape,
    weights: data,
    gradient: new Float32Array(data.length),
    moments: { first: new Float32Array(data.length), second: new Float32Array(data.length) },
    decays: shape.length >= 2,
    rateShare,
  };
}

/**
 * Fresh weights: norms 1, biases 0, embeddings N(0, 0.04²), matrices N(0, 0.02²), those that write
 * into the residual stream smaller by √(2L) (Radford et al. 2019). The bias on the scores starts at
 * the tokens' log frequencies: a tied embedding that had to learn them would pull all rare tokens
 * into one direction, and the run would sit on the unigram plateau (docs/experiments.md).
 *
 * @param frequencies how often each token occurs [V], in any unit
 */
export function initialWeights(
  model: MaskedLanguageModel,
  random: Random,
  frequencies: Float64Array,
): Weights {
  const residual = 1 / Math.sqrt(2 * model.layerCount);
  const weights = new Map<string, Tensor32>();
  for (const [name, shape] of model.parameters) {
    const data = new Float32Array(elementCountOf(shape));
    if (name === model.scoreBiasName) {
      data.set(logFrequencies(frequencies));
    } else if (shape.length < 2) {
      if (name.endsWith(".weight")) data.fill(1);
    } else {
      const writes = /(\.Wo|output\.dense)\.weight$/.test(name);
      const scale = name === model.embeddingName ? 2 : writes ? residual : 1;
      for (let i = 0; i < data.length; i++) data[i] = 0.02 * scale * random.normal();
    }
    weights.set(name, { shape, data });
  }
  return weights;
}

/** ln of each share; a token never seen counts as a tenth of the rarest share that matters. */
function logFrequencies(frequencies: Float64Array): Float64Array {
  const total = frequencies.reduce((a, b) => a + b, 0);
  return frequencies.map((count) => Math.log(Math.max(count / total, 1e-7)));
}

/**
 * Copies of exactly the weights that `model` asks for.
 *
 * @throws AppError `unsupported_model` when one is missing or of another shape.
 */
export function weightsFor(model: MaskedLanguageModel, source: Weights): Weights {
  const weights = new Map<string, Tensor32>();
  for (const [name, shape] of model.parameters) {
    const tensor = source.get(name);
    if (tensor?.shape.join() !== shape.join()) {
      throw new AppError(
        "unsupported_model",
        `weight ${name} is ${tensor ? `[${tensor.shape.join(", ")}]` : "missing"}; config.json ` +
          `asks for [${shape.join(", ")}]`,
      );
    }
    weights.set(name, { shape, data: tensor.data.slice() });
  }
  return weights;
}

/** The weights as they are now; memory is shared. */
export function weightsOf(parameters: readonly TrainedParameter[]): Weights {
  return new Map(parameters.map(({ name, shape, weights }) => [name, { shape, data: weights }]));
}
