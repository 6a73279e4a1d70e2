// Full fine-tuning of a masked language model on samples: every weight learns, the loss on held-out
// rows decides which weights are kept and when to stop. Knows nothing of files but its checkpoint.

import { systemClock } from "../base/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import type { MaskedLanguageModel } from "../models/index.ts";
import { loadCheckpoint, saveCheckpoint, type SavedState } from "./checkpoint.ts";
import { CheckpointTimer } from "./checkpoint-timer.ts";
import type { SpecialIds } from "./data/batch.ts";
import { measuringBatches, SampleBatches } from "./data/sample-batches.ts";
import type { SampleRow } from "./data/sample-rows.ts";
import { BestWeights, continuedCourse, startOfCourse, type Course } from "./early-stopping.ts";
import { maskedLmLoss, maskedLmStep, type LossStep } from "./masked-lm-step.ts";
import { ADAMW_DEFAULTS } from "./optimisation/adamw.ts";
import { createOptimiser } from "./optimisation/optimiser.ts";
import { trainedParameter, weightsFor } from "./parameters.ts";
import { createTrainer, type StepReport } from "./trainer.ts";

export interface FineTuningOptions {
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
  /** Where the run is saved; one found there is continued. */
  readonly checkpointDirectory: string;
  /** Hash of everything that defines the run. */
  readonly fingerprint: string;
  readonly onReport: (report: FineTuningReport) => void;
  /** Asked after each step; true ends the run with a checkpoint. */
  readonly shouldStop: () => boolean;
}

export interface FineTuningReport extends StepReport {
  /** The newest measurement, in nats a token. */
  readonly heldOutLoss: number;
}

export interface FineTuningResult {
  /** Those with the lowest held-out loss. */
  readonly weights: Weights;
  readonly step: number;
  /** If the held-out loss never stops falling. */
  readonly totalSteps: number;
  readonly seconds: number;
  /** False when stopped before the end. */
  readonly finished: boolean;
  /** In nats a token. */
  readonly heldOutLoss: { readonly before: number; readonly best: number };
}

type FineTuningState = SavedState & { readonly course: Course };

const LIMITS = { rowsMax: 32, tokensMax: 2048 };
/** Measurements without gain after which a run ends. */
const PATIENCE = 2;
const WARMUP_SHARE = 0.1;
const CLIP_NORM = 1;

/** Narrow models take, and need, larger steps: 5e-5 at the 768 of bert-base. */
function peakRateOf({ hiddenSize }: MaskedLanguageModel): number {
  return 0.04 / hiddenSize;
}

/**
 * Trains until the epochs are over, the held-out loss has stopped falling, or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another run,
 *   `unsupported_model` when weights do not fit, `training_failed` when the loss is not finite.
 */
export async function fineTune(options: FineTuningOptions): Promise<FineTuningResult> {
  const { model, rows, special, seed, threads, checkpointDirectory, fingerprint } = options;
  const initial = weightsFor(model, options.weights);
  const parameters = [...initial].map(([name, tensor]) => trainedParameter(name, tensor));
  const best = new BestWeights(parameters);
  const saved = loadCheckpoint(checkpointDirectory, parameters, fingerprint, best.kept);
  const resumed = saved as FineTuningState | undefined;
  const batches = new SampleBatches(rows, { special, seed, ...LIMITS });
  const totalSteps = batches.stepsPerEpoch * options.epochs;
  const warmupSteps = Math.ceil(totalSteps * WARMUP_SHARE);
  const peakRate = peakRateOf(model);
  const schedule = { peakRate, warmupSteps, totalSteps, decaySteps: totalSteps - warmupSteps };
  using gradients = await maskedLmStep(model, parameters, threads);
  using losses = await maskedLmLoss(model, parameters, threads);
  using optimiser = createOptimiser(parameters, { threads });
  const trainer = createTrainer(
    { schedule, adamw: ADAMW_DEFAULTS, clipNorm: CLIP_NORM },
    { parameters, gradients, batches, clock: systemClock, optimiser },
    resumed,
  );
  const measure = measuring(losses, options);
  let course = resumed?.course ?? startOfCourse(await measure());
  const timer = new CheckpointTimer(systemClock, () => {
    const state: FineTuningState = { ...trainer.progress(), fingerprint, course };
    saveCheckpoint(checkpointDirectory, parameters, state, best.kept);
  });

  const isOver = (): boolean => trainer.step >= totalSteps || course.sinceBest >= PATIENCE;
  while (!isOver() && !options.shouldStop()) {
    const report = await trainer.advance();
    if (trainer.step % batches.stepsPerEpoch === 0) {
      course = continuedCourse(course, await measure());
      if (course.sinceBest === 0) best.take(parameters);
    }
    options.onReport({ ...report, heldOutLoss: course.newest });
    timer.saveIfDue();
  }
  timer.save();
  return {
    weights: best.kept.weights,
    step: trainer.step,
    totalSteps,
    seconds: trainer.progress().seconds,
    finished: isOver(),
    heldOutLoss: { before: course.before, best: course.best },
  };
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
