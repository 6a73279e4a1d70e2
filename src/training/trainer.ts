// The training loop: batch → gradients → clipped AdamW → report, with checkpoints in between.

import type { Clock } from "../base/index.ts";
import { AppError, createRandom } from "../base/index.ts";
import type { TrainingState } from "./checkpoint.ts";
import type { MaskedBatch, SpecialIds } from "./data/batch.ts";
import { nextBatch } from "./data/batch.ts";
import type { Sampler } from "./data/sampler.ts";
import type { GradientStep } from "./masked-lm-step.ts";
import type { AdamWSettings } from "./optimisation/adamw.ts";
import { adamWStep, clipScale } from "./optimisation/adamw.ts";
import type { Schedule } from "./optimisation/schedule.ts";
import { rateAt } from "./optimisation/schedule.ts";
import type { TrainedParameter } from "./parameters.ts";

/** From `untilStep` back to the previous phase's end: the shape of the batches. */
export interface Phase {
  readonly untilStep: number;
  readonly rows: number;
  /** Row length in tokens. */
  readonly length: number;
  /** Share of tokens hidden, 0..1. */
  readonly maskRate: number;
}

export interface TrainerOptions {
  readonly schedule: Schedule;
  /** In order; the last one also covers any step after it. */
  readonly phases: readonly Phase[];
  readonly adamw: AdamWSettings;
  /** The gradients' common norm is brought down to this. */
  readonly clipNorm: number;
  readonly seed: number;
}

export interface StepReport {
  readonly step: number;
  readonly totalSteps: number;
  /** Mean cross-entropy at the masked positions, in nats. */
  readonly loss: number;
  readonly rate: number;
  readonly gradientNorm: number;
  /** Tokens and seconds since the run's first step, pauses left out. */
  readonly tokens: number;
  readonly seconds: number;
}

export interface Trainer {
  /** Steps done. */
  readonly step: number;
  /** One update. Throws `training_failed` when the loss is not finite. */
  advance(): Promise<StepReport>;
  state(fingerprint: string): TrainingState;
}

/** A trainer that starts at `resumed`, or at step 0. */
export function createTrainer(
  options: TrainerOptions,
  parts: {
    readonly parameters: readonly TrainedParameter[];
    readonly gradients: GradientStep;
    readonly sampler: Sampler;
    readonly special: SpecialIds;
    readonly clock: Clock;
  },
  resumed?: TrainingState,
): Trainer {
  const { parameters, gradients, sampler, special, clock } = parts;
  const random = createRandom(resumed?.maskingRandom ?? options.seed + 1);
  let step = resumed?.step ?? 0;
  let tokens = resumed?.tokens ?? 0;
  let seconds = resumed?.seconds ?? 0;

  const batchOf = (phase: Phase): MaskedBatch =>
    nextBatch(sampler, {
      rows: phase.rows,
      length: phase.length,
      maskRate: phase.maskRate,
      special,
      random,
    });

  return {
    get step() {
      return step;
    },
    async advance() {
      const start = clock.monotonicMs();
      const batch = batchOf(phaseAt(options.phases, step + 1));
      const loss = await gradients.run(batch);
      if (!Number.isFinite(loss)) {
        throw new AppError(
          "training_failed",
          `the loss became ${loss} at step ${step + 1}; lower the rate and resume`,
        );
      }
      step++;
      const rate = rateAt(options.schedule, step);
      const { norm, scale } = clipScale(
        parameters.map(({ gradient }) => gradient),
        options.clipNorm,
      );
      update(parameters, { adamw: options.adamw, rate, step, gradientScale: scale });
      tokens += batch.rows * batch.length;
      seconds += (clock.monotonicMs() - start) / 1000;
      const { totalSteps } = options.schedule;
      return { step, totalSteps, loss, rate, gradientNorm: norm, tokens, seconds };
    },
    state: (fingerprint) => ({
      step,
      tokens,
      seconds,
      sampler: sampler.state(),
      maskingRandom: random.state(),
      fingerprint,
    }),
  };
}

function phaseAt(phases: readonly Phase[], step: number): Phase {
  const phase = phases.find(({ untilStep }) => step <= untilStep) ?? phases[phases.length - 1];
  if (phase !== undefined) return phase;
  throw new AppError("usage", "a training run needs at least one phase");
}

function update(
  parameters: readonly TrainedParameter[],
  settings: { adamw: AdamWSettings; rate: number; step: number; gradientScale: number },
): void {
  const { adamw, rate, step, gradientScale } = settings;
  const still = { ...adamw, weightDecay: 0 };
  for (const { weights, gradient, moments, decays } of parameters) {
    adamWStep(weights, gradient, moments, {
      settings: decays ? adamw : still,
      rate,
      step,
      gradientScale,
    });
  }
}
