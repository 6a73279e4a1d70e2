// The loop of an incremental training over cached activations: batches of rows to learn and rows to
// keep, the held-out loss after each pass, the best weights kept, resumable at any moment. Knows
// neither texts nor versions.

import { systemClock } from "../../base/index.ts";
import type { Weights } from "../../checkpoint/index.ts";
import { loadCheckpoint, saveCheckpoint, type SavedState } from "../checkpoint.ts";
import { CheckpointTimer } from "../checkpoint-timer.ts";
import { BestWeights, continuedCourse, startOfCourse, type Course } from "../early-stopping.ts";
import { ADAMW_DEFAULTS } from "../optimisation/adamw.ts";
import type { TrainedParameter } from "../parameters.ts";
import { createTrainer, type StepReport } from "../trainer.ts";
import type { ActivationCache } from "./activation-cache.ts";
import type { TuningRow } from "./rows.ts";
import { TuningBatches, type FeaturedRow } from "./tuning-batches.ts";
import { suffixScorer, tuningStep, type Suffix } from "./tuning-step.ts";
import { meanLoss } from "./row-loss.ts";

export interface TuningSettings {
  /** At most; fewer when the held-out loss stops falling. */
  readonly epochs: number;
  /** Rows to learn in a batch; as many to keep come beside them. */
  readonly rowsInBatch: number;
  /** Of weights that learn fully. */
  readonly peakRate: number;
  /** Weight of the kept rows' divergence. */
  readonly keptWeight: number;
  readonly seed: number;
}

export interface TuningOptions extends TuningSettings {
  readonly suffix: Suffix;
  /** The weights that learn, as they are at the beginning; changed in place. */
  readonly parameters: readonly TrainedParameter[];
  /** See `tuningStep`. */
  readonly before: Weights;
  readonly samples: readonly (readonly TuningRow[])[];
  readonly heldOut: readonly TuningRow[];
  readonly kept: readonly FeaturedRow[];
  readonly cache: ActivationCache;
  readonly checkpointDirectory: string;
  readonly fingerprint: string;
  readonly onReport: (report: StepReport & { readonly heldOutLoss: number }) => void;
  readonly shouldStop: () => boolean;
}

export interface TuningResult {
  /** Those with the lowest held-out loss. */
  readonly weights: Weights;
  readonly step: number;
  readonly totalSteps: number;
  readonly seconds: number;
  readonly finished: boolean;
  /** In nats a token. */
  readonly heldOutLoss: { readonly before: number; readonly best: number };
}

/** Measurements without gain after which a run ends. */
const PATIENCE = 3;
const WARMUP_SHARE = 0.1;
const CLIP_NORM = 1;

/**
 * Trains until the passes are over, the held-out loss has stopped falling, or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another run, `training_failed`
 *   when the loss is not finite.
 */
export async function tune(options: TuningOptions): Promise<TuningResult> {
  const { suffix, parameters, cache, checkpointDirectory, fingerprint } = options;
  const best = new BestWeights(parameters);
  const saved = loadCheckpoint(checkpointDirectory, parameters, fingerprint, best.kept);
  const resumed = saved as (SavedState & { readonly course: Course }) | undefined;
  const batches = new TuningBatches({ ...options, hiddenSize: suffix.model.hiddenSize });
  const totalSteps = batches.stepsPerEpoch * options.epochs;
  const warmupSteps = Math.ceil(totalSteps * WARMUP_SHARE);
  const { peakRate } = options;
  using gradients = await tuningStep(suffix, parameters, options.before);
  using scorer = await suffixScorer(suffix, parameters);
  const trainer = createTrainer(
    {
      schedule: { peakRate, warmupSteps, totalSteps, decaySteps: totalSteps - warmupSteps },
      adamw: ADAMW_DEFAULTS,
      clipNorm: CLIP_NORM,
    },
    { parameters, gradients, batches, clock: systemClock },
    resumed,
  );
  const measure = (): Promise<number> =>
    meanLoss(options.heldOut, { scorer, cache, model: suffix.model });
  let course = resumed?.course ?? startOfCourse(await measure());
  const timer = new CheckpointTimer(systemClock, () => {
    const state = { ...trainer.progress(), fingerprint, course };
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
