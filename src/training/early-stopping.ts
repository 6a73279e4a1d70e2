// Training until a run has learned what it can: the held-out loss is measured after each pass, the
// weights at its best are kept, and the run can be resumed at any moment.

import { required, systemClock } from "../base/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import type { GateFinding } from "../wire/index.ts";
import { loadCheckpoint, saveCheckpoint, type SavedState } from "./checkpoint.ts";
import { CheckpointTimer } from "./checkpoint-timer.ts";
import type { Schedule } from "./optimisation/schedule.ts";
import { weightsOf, type TrainedParameter } from "./parameters.ts";
import type { Cooling, StepReport, Trainer, TrainingProgress } from "./trainer.ts";

/** The course of the held-out loss, in nats, as far as a run must know it to go on. */
interface Course {
  readonly before: number;
  readonly newest: number;
  readonly best: number;
  /** Measurements since the best one. */
  readonly sinceBest: number;
  /** Set once it has stopped falling. */
  readonly cooling?: Cooling | undefined;
}

function startOfCourse(loss: number): Course {
  return { before: loss, newest: loss, best: loss, sinceBest: 0 };
}

function continuedCourse(course: Course, loss: number): Course {
  const isBest = loss < course.best;
  return {
    ...course,
    newest: loss,
    best: isBest ? loss : course.best,
    sinceBest: isBest ? 0 : course.sinceBest + 1,
  };
}

/** The weights with the lowest held-out loss so far; at first the initial ones. */
class BestWeights {
  readonly kept: { readonly prefix: string; readonly weights: Weights };

  constructor(parameters: readonly TrainedParameter[]) {
    this.kept = { prefix: "best:", weights: copiesOf(parameters) };
  }

  take(parameters: readonly TrainedParameter[]): void {
    for (const { name, weights } of parameters) {
      required(this.kept.weights.get(name), name).data.set(weights);
    }
  }
}

function copiesOf(parameters: readonly TrainedParameter[]): Weights {
  const copies = [...weightsOf(parameters)].map(([name, { shape, data }]) => {
    return [name, { shape, data: data.slice() }] as const;
  });
  return new Map(copies);
}

/** What every run with early stopping is given. */
export interface StoppableRun {
  /** Where the run is saved; one found there is continued. */
  readonly checkpointDirectory: string;
  /** Hash of everything that defines the run. */
  readonly fingerprint: string;
  readonly onReport: (report: StepReport & { readonly heldOutLoss: number }) => void;
  /** Asked after each step; true ends the run with a checkpoint. */
  readonly shouldStop: () => boolean;
}

export interface EarlyStoppingResult {
  readonly weights: Weights;
  readonly step: number;
  /** As the newest report had it. */
  readonly totalSteps: number;
  readonly seconds: number;
  /** False when stopped before the end. */
  readonly finished: boolean;
  /** In nats a token. */
  readonly heldOutLoss: { readonly before: number; readonly best: number };
}

/** Why a run has learned nothing that helps elsewhere, if so. */
export function remarksOn({ heldOutLoss: { before, best } }: EarlyStoppingResult): GateFinding[] {
  return best < before ? [] : [{ code: "loss-not-fallen", before }];
}

const WARMUP_SHARE = 0.1;

/** Up to the peak in the first tenth, then down to 0. */
export function upAndDown(peakRate: number, totalSteps: number): Schedule {
  const warmupSteps = Math.ceil(totalSteps * WARMUP_SHARE);
  return { peakRate, warmupSteps, totalSteps, decaySteps: totalSteps - warmupSteps };
}

/** Steps of the cooling beside those done before it. */
const COOLING_SHARE = 0.15;

/** How a recipe trains and measures. */
export interface TrainingCourse {
  /** Makes the trainer, given how far a run found in the checkpoint has come. */
  readonly start: (resumed: TrainingProgress | undefined) => Trainer;
  /** The held-out loss of the parameters as they are, in nats a token. */
  readonly measure: () => Promise<number>;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Measurements without gain after which a run ends. */
  readonly patience: number;
  /**
   * best: the weights with the lowest held-out loss. last: those at the end, for which the rate
   * first falls to 0 also where the run ends early: they know better what they knew before.
   */
  readonly keep: "best" | "last";
}

/**
 * Trains until the steps are over, the held-out loss has stopped falling, or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another run, `training_failed`
 *   when the loss or the gradients are not finite.
 */
export async function trainToEnd(
  parameters: readonly TrainedParameter[],
  run: StoppableRun,
  { start, measure, stepsPerEpoch, totalSteps, patience, keep }: TrainingCourse,
): Promise<EarlyStoppingResult> {
  const { checkpointDirectory, fingerprint } = run;
  const best = keep === "best" ? new BestWeights(parameters) : undefined;
  const saved = loadCheckpoint(checkpointDirectory, parameters, fingerprint, best?.kept);
  const resumed = saved as (SavedState & { readonly course: Course }) | undefined;
  const trainer = start(resumed);
  let course = resumed?.course ?? startOfCourse(await measure());
  if (course.cooling !== undefined) trainer.coolDown(course.cooling);
  const timer = new CheckpointTimer(systemClock, () => {
    const state = { ...trainer.progress(), fingerprint, course };
    saveCheckpoint(checkpointDirectory, parameters, state, best?.kept);
  });

  const end = (): number => course.cooling?.until ?? totalSteps;
  while (trainer.step < end() && !run.shouldStop()) {
    const report = await trainer.advance();
    const { step } = trainer;
    if (step % stepsPerEpoch === 0) {
      course = continuedCourse(course, await measure());
      if (course.sinceBest === 0) best?.take(parameters);
      if (course.sinceBest >= patience && course.cooling === undefined) {
        const steps = keep === "best" ? 0 : Math.ceil(COOLING_SHARE * step);
        const cooling = { from: step, until: Math.min(totalSteps, step + steps) };
        course = { ...course, cooling };
        trainer.coolDown(cooling);
      }
    }
    run.onReport({ ...report, totalSteps: end(), heldOutLoss: course.newest });
    timer.saveIfDue();
  }
  timer.save();
  return {
    weights: best?.kept.weights ?? copiesOf(parameters),
    step: trainer.step,
    totalSteps: end(),
    seconds: trainer.progress().seconds,
    finished: trainer.step >= end(),
    heldOutLoss: { before: course.before, best: course.best },
  };
}
