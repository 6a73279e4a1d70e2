// The training loop: batch → gradients → clipped AdamW → report, with checkpoints in between.

import type { Clock } from "../base/index.ts";
import type { BatchShape, BatchSource } from "./data/batch.ts";
import type { GradientStep } from "./masked-lm-step.ts";
import type { AdamWSettings } from "./optimisation/adamw.ts";
import { createOptimiser, notFinite, type Optimiser } from "./optimisation/optimiser.ts";
import type { Schedule } from "./optimisation/schedule.ts";
import { cooled, rateAt } from "./optimisation/schedule.ts";
import type { TrainedParameter } from "./parameters.ts";

export interface TrainerOptions {
  readonly schedule: Schedule;
  readonly adamw: AdamWSettings;
  /** The gradients' common norm is brought down to this. */
  readonly clipNorm: number;
}

/** How far a run has come. */
export interface TrainingProgress {
  /** Steps done. */
  readonly step: number;
  /** Tokens and seconds since the run's first step, pauses left out. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface StepReport extends TrainingProgress {
  readonly totalSteps: number;
  /** Mean cross-entropy at the masked positions, in nats. */
  readonly loss: number;
  readonly rate: number;
  readonly gradientNorm: number;
}

/** The end of a run that ends before its schedule, in steps. */
export interface Cooling {
  readonly from: number;
  /** The last step. */
  readonly until: number;
}

export interface Trainer {
  /** Steps done. */
  readonly step: number;
  /** One update. Throws `training_failed` when the loss or the gradients are not finite. */
  advance(): Promise<StepReport>;
  /** From now on the rate falls linearly from what it was at a step, to end the run earlier. */
  coolDown(cooling: Cooling): void;
  progress(): TrainingProgress;
}

/** A trainer that starts at `resumed`, or at step 0. */
export function createTrainer<Batch extends BatchShape>(
  options: TrainerOptions,
  parts: {
    readonly parameters: readonly TrainedParameter[];
    readonly gradients: GradientStep<Batch>;
    readonly batches: BatchSource<Batch>;
    readonly clock: Clock;
    /** One that runs in this thread alone when absent. */
    readonly optimiser?: Optimiser;
  },
  resumed?: TrainingProgress,
): Trainer {
  const { gradients, batches, clock } = parts;
  const optimiser = parts.optimiser ?? createOptimiser(parts.parameters, { threads: 1 });
  let step = resumed?.step ?? 0;
  let tokens = resumed?.tokens ?? 0;
  let seconds = resumed?.seconds ?? 0;
  let schedule = options.schedule;

  return {
    get step() {
      return step;
    },
    async advance() {
      const start = clock.monotonicMs();
      const batch = batches.next(step + 1);
      const loss = await gradients.run(batch);
      if (!Number.isFinite(loss)) throw notFinite(`the loss became ${loss}`, step + 1);
      step++;
      const rate = rateAt(schedule, step);
      const { adamw, clipNorm } = options;
      const norm = await optimiser.step({ adamw, rate, step, clipNorm });
      tokens += batch.rows * batch.length;
      seconds += (clock.monotonicMs() - start) / 1000;
      const { totalSteps } = schedule;
      return { step, totalSteps, loss, rate, gradientNorm: norm, tokens, seconds };
    },
    coolDown(cooling) {
      schedule = cooled(options.schedule, cooling);
    },
    progress: () => ({ step, tokens, seconds }),
  };
}
