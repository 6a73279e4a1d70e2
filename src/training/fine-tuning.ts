// Full fine-tuning of a masked language model on samples: every weight learns, the loss on held-out
// rows decides which weights are kept and when to stop. Knows nothing of files but its checkpoint.

import { systemClock } from "../base/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import type { MaskedLanguageModel } from "../models/index.ts";
import type { SpecialIds } from "./data/batch.ts";
import { measuringBatches, SampleBatches } from "./data/sample-batches.ts";
import type { SampleRow } from "./data/sample-rows.ts";
import {
  trainToEnd,
  upAndDown,
  type EarlyStoppingResult,
  type StoppableRun,
} from "./early-stopping.ts";
import { maskedLmLoss, maskedLmStep, type LossStep } from "./masked-lm-step.ts";
import { ADAMW_DEFAULTS } from "./optimisation/adamw.ts";
import { createOptimiser } from "./optimisation/optimiser.ts";
import { trainedParameter, weightsFor } from "./parameters.ts";
import { createTrainer } from "./trainer.ts";

export interface FineTuningOptions extends StoppableRun {
  readonly model: MaskedLanguageModel;
  /** The weights to begin with, left as they are. */
  readonly weights: Weights;
  readonly rows: readonly SampleRow[];
  readonly heldOutRows: readonly SampleRow[];
  readonly special: SpecialIds;
  /** At most; fewer when the held-out loss stops falling. */
  readonly epochs: number;
  readonly seed: number;
  readonly threads: number;
}

const LIMITS = { rowsMax: 32, tokensMax: 2048 };
/** Measurements without gain after which a run ends. */
const PATIENCE = 2;
const CLIP_NORM = 1;

/** Narrow models take, and need, larger steps: 5e-5 at the 768 of bert-base. */
function peakRateOf({ hiddenSize }: MaskedLanguageModel): number {
  return 0.04 / hiddenSize;
}

/**
 * Trains until the epochs are over, the held-out loss has stopped falling, or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another run,
 *   `unsupported_model` when weights do not fit, `training_failed` when the loss or the gradients
 *   are not finite.
 */
export async function fineTune(options: FineTuningOptions): Promise<EarlyStoppingResult> {
  const { model, rows, special, seed, threads } = options;
  const initial = weightsFor(model, options.weights);
  const parameters = [...initial].map(([name, tensor]) => trainedParameter(name, tensor));
  const batches = new SampleBatches(rows, { special, seed, ...LIMITS });
  const { stepsPerEpoch } = batches;
  const totalSteps = stepsPerEpoch * options.epochs;
  const schedule = upAndDown(peakRateOf(model), totalSteps);
  using gradients = await maskedLmStep(model, parameters, threads);
  using losses = await maskedLmLoss(model, parameters, threads);
  using optimiser = createOptimiser(parameters, { threads });
  return await trainToEnd(parameters, options, {
    start: (resumed) =>
      createTrainer(
        { schedule, adamw: ADAMW_DEFAULTS, clipNorm: CLIP_NORM },
        { parameters, gradients, batches, clock: systemClock, optimiser },
        resumed,
      ),
    measure: measuring(losses, options),
    stepsPerEpoch,
    totalSteps,
    patience: PATIENCE,
    keep: "best",
  });
}

/** Measures the mean loss over the held-out rows, in nats a token. */
function measuring(
  losses: LossStep,
  { heldOutRows, special }: FineTuningOptions,
): () => Promise<number> {
  const batches = measuringBatches(heldOutRows, { special, ...LIMITS });
  return async () => {
    let mean = 0;
    for (const { batch, share } of batches) mean += share * (await losses.run(batch));
    return mean;
  };
}
