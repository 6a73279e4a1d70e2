// What a training of the upper layers moves, and how that shows in the model's weights: the weights
// themselves, or low-rank factors beside them. The rest of a run knows no difference.

import { createRandom, required } from "../../base/index.ts";
import {
  expanded,
  roundedToPatch,
  type Difference,
  type Differences,
  type Tensor32,
  type Weights,
} from "../../checkpoint/index.ts";
import { lowRankNames, lowRankOperators } from "../../models/index.ts";
import type { LoraSettings } from "../../wire/index.ts";
import { trainedParameter, weightsOf, type TrainedParameter } from "../parameters.ts";
import { loraWeights } from "./plan.ts";
import type { TuningStart } from "./start.ts";
import type { Suffix } from "./tuning-step.ts";

export interface Adaptation {
  /** What the optimiser moves, in place. */
  readonly parameters: readonly TrainedParameter[];
  /** What the step that trains them stands on. */
  readonly suffix: Suffix;
  /** Brings the weights of the start, which are scored with, up to the parameters. */
  show(): void;
  /**
   * `learned` with the change of each matrix multiplied from the right, (W − W₀)·M, as `times` does
   * it; biases, norms, and matrices that `times` leaves alone, stay as they were learned.
   */
  multiplied(learned: Weights, times: TimesMatrix): Promise<Weights>;
  /**
   * W₀ + α·(W − W₀) less the base, as a patch holds it.
   *
   * @param learned values of the parameters
   */
  differences(learned: Weights, alpha: number): Differences;
}

/**
 * Multiplies what reads the inputs of a weight [out, in], and has as many columns, from the right
 * with a matrix [in, in]; undefined where there is none for this weight.
 */
export type TimesMatrix = (weight: string, change: Tensor32) => Promise<Float32Array | undefined>;

/** The weights above the cut learn, at the plan's rates. */
export function wholeAdaptation(start: TuningStart): Adaptation {
  const { weights, rateShares, suffix } = start;
  return {
    // Their memory is that of the weights that are scored with.
    parameters: weights.map(({ name, shape, weights: data }) =>
      trainedParameter(name, { shape, data }, rateShares.get(name)),
    ),
    suffix,
    show: () => {},
    multiplied: (learned, times) =>
      mapped(learned, async (name, { shape, data }) => {
        const from = required(start.startWeights.get(name), name).data;
        const changed = await times(name, { shape, data: sumOf(data, from, -1) });
        return changed === undefined ? data : sumOf(changed, from);
      }),
    differences: (learned, alpha) => differencesAt(alpha, learned, start),
  };
}

/** Beside matrices above the cut, products of factors learn: W₀ + (alpha/rank)·B·A. */
export function lowRankAdaptation(
  start: TuningStart,
  { lora, seed }: { readonly lora: LoraSettings; readonly seed: number },
): Adaptation {
  const { suffix, rateShares, startWeights, baseWeights } = start;
  const { rank, alpha: loraAlpha } = lora;
  const scale = loraAlpha / rank;
  const names = loraWeights(suffix.model, rateShares, lora.targets);
  const random = createRandom(seed);
  const parameters = names.flatMap((name) => {
    const [outputs = 0, inputs = 0] = required(startWeights.get(name), name).shape;
    const { a, b } = lowRankNames(name);
    // B is 0, so that a run begins with the model as it is; x·Aᵀ is as large as x.
    const first = Float32Array.from(
      { length: rank * inputs },
      () => random.normal() / Math.sqrt(inputs),
    );
    const zeros = new Float32Array(outputs * rank);
    return [
      trainedParameter(a, { shape: [rank, inputs], data: first }, rateShares.get(name)),
      trainedParameter(b, { shape: [outputs, rank], data: zeros }, rateShares.get(name)),
    ];
  });
  const changes = (learned: Weights, factor: number): ReadonlyMap<string, Difference> =>
    new Map(names.map((name) => [name, productOf(name, learned, factor * scale)]));
  const trained = (learned: Weights): Weights => {
    const changed = changes(learned, 1);
    const sums = [...startWeights].map(([name, tensor]) => {
      const change = changed.get(name);
      if (change === undefined) return [name, tensor] as const;
      return [name, { shape: tensor.shape, data: sumOf(tensor.data, expanded(change)) }] as const;
    });
    return new Map(sums);
  };
  return {
    parameters,
    suffix: {
      ...suffix,
      frozen: new Map([...suffix.frozen, ...startWeights]),
      operators: lowRankOperators({ weights: new Set(names), rank, scale }),
    },
    show: () => {
      const now = trained(weightsOf(parameters));
      for (const { name, weights } of start.weights) {
        weights.set(required(now.get(name), name).data);
      }
    },
    // B·A·M: the factor that reads the inputs is A.
    multiplied: async (learned, times) => {
      const weightOf = new Map(names.map((name) => [lowRankNames(name).a, name]));
      return mapped(learned, async (name, tensor) => {
        const weight = weightOf.get(name);
        const changed = weight === undefined ? undefined : await times(weight, tensor);
        return changed ?? tensor.data;
      });
    },
    // Beside an older patch the factors alone are no difference to the base.
    differences: (learned, alpha) =>
      startWeights === baseWeights
        ? changes(learned, alpha)
        : differencesAt(alpha, trained(learned), start),
  };
}

async function mapped(
  weights: Weights,
  dataOf: (name: string, tensor: Tensor32) => Promise<Float32Array>,
): Promise<Weights> {
  const changed = new Map<string, Tensor32>();
  for (const [name, tensor] of weights) {
    changed.set(name, { shape: tensor.shape, data: await dataOf(name, tensor) });
  }
  return changed;
}

/** factor·B·A as a patch holds it. */
function productOf(name: string, learned: Weights, factor: number): Difference {
  const names = lowRankNames(name);
  const [a, b] = [required(learned.get(names.a), names.a), required(learned.get(names.b), names.b)];
  return {
    a: { shape: a.shape, data: roundedToPatch(a.data) },
    b: { shape: b.shape, data: roundedToPatch(b.data.map((value) => factor * value)) },
  };
}

/** a + factor·b. */
function sumOf(a: Float32Array, b: Float32Array, factor: 1 | -1 = 1): Float32Array {
  const sum = new Float32Array(a.length);
  // Millions of numbers: `map` takes several times as long.
  for (let i = 0; i < a.length; i++) sum[i] = (a[i] as number) + factor * (b[i] as number);
  return sum;
}

function differencesAt(
  alpha: number,
  trained: Weights,
  { startWeights, baseWeights }: Pick<TuningStart, "startWeights" | "baseWeights">,
): Differences {
  const differences = [...trained].map(([name, { shape, data }]) => {
    const start = required(startWeights.get(name), name).data;
    const base = required(baseWeights.get(name), name).data;
    const difference = new Float32Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const from = start[i] as number;
      difference[i] = from + alpha * ((data[i] as number) - from) - (base[i] as number);
    }
    return [name, { shape, data: roundedToPatch(difference) }] as const;
  });
  return new Map(differences);
}
