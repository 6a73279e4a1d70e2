// The loop of an incremental training over cached activations: batches of rows to learn and rows to
// keep. Knows neither texts nor versions.

import { systemClock } from "../../base/index.ts";
import type { Weights } from "../../checkpoint/index.ts";
import {
  trainToEnd,
  upAndDown,
  type EarlyStoppingResult,
  type StoppableRun,
} from "../early-stopping.ts";
import { ADAMW_DEFAULTS } from "../optimisation/adamw.ts";
import { createTrainer } from "../trainer.ts";
import type { ActivationCache } from "./activation-cache.ts";
import type { Adaptation } from "./adaptation.ts";
import { cachedMeasuring, meanLoss } from "./row-loss.ts";
import type { TuningRow, WordForms } from "./rows.ts";
import { TuningBatches, type FeaturedRow } from "./tuning-batches.ts";
import { tuningStep, type SuffixScorer } from "./tuning-step.ts";

export interface TuningSettings {
  /** At most; fewer when the held-out loss stops falling. */
  readonly epochs: number;
  /** Rows to learn in a batch. */
  readonly rowsInBatch: number;
  /** Rows to keep beside them. */
  readonly keptInBatch: number;
  /** Of weights that learn fully. */
  readonly peakRate: number;
  /** Weight of the kept rows' divergence. */
  readonly keptWeight: number;
  readonly seed: number;
}

export interface TuningOptions extends TuningSettings, StoppableRun {
  readonly adaptation: Adaptation;
  /** See `tuningStep`. */
  readonly before: Weights;
  readonly words: readonly WordForms[];
  /** Of earlier versions; each pass repeats some. */
  readonly earlier: readonly WordForms[];
  readonly heldOut: readonly TuningRow[];
  readonly kept: readonly FeaturedRow[];
  readonly cache: ActivationCache;
  /** Scores with the weights that the adaptation shows. */
  readonly scorer: SuffixScorer;
}

/** Passes without gain after which a run cools down, of all: accuracy follows loss late. */
const PATIENCE_SHARE = 2 / 3;
const PATIENCE_MIN = 3;
const CLIP_NORM = 1;

/**
 * Trains until the passes are over, the held-out loss has stopped falling, or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another run, `training_failed`
 *   when the loss or the gradients are not finite.
 */
export async function tune(options: TuningOptions): Promise<EarlyStoppingResult> {
  const { adaptation, cache, scorer, heldOut } = options;
  const { parameters, suffix } = adaptation;
  const { model } = suffix;
  const batches = new TuningBatches({ ...options, hiddenSize: model.hiddenSize });
  const { stepsPerEpoch } = batches;
  const totalSteps = stepsPerEpoch * options.epochs;
  const schedule = upAndDown(options.peakRate, totalSteps);
  const measuring = cachedMeasuring({ scorer, cache, model });
  using gradients = await tuningStep(suffix, parameters, options.before);
  return await trainToEnd(parameters, options, {
    start: (resumed) =>
      createTrainer(
        { schedule, adamw: ADAMW_DEFAULTS, clipNorm: CLIP_NORM },
        { parameters, gradients, batches, clock: systemClock },
        resumed,
      ),
    measure: () => {
      adaptation.show();
      return meanLoss(heldOut, measuring);
    },
    stepsPerEpoch,
    totalSteps,
    patience: Math.max(PATIENCE_MIN, Math.ceil(options.epochs * PATIENCE_SHARE)),
    keep: "last",
  });
}
