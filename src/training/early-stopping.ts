// Training until a run has learned what it can: the held-out loss is measured after each pass, the
// weights at its best are kept, and the run can be resumed at any moment.

import { required, systemClock } from "../base/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import { loadCheckpoint, saveCheckpoint, type SavedState } from "./checkpoint.ts";
import { CheckpointTimer } from "./checkpoint-timer.ts";
import type { Schedule } from "./optimisation/schedule.ts";
import { weightsOf, type TrainedParameter } from "./parameters.ts";
import type { StepReport, Trainer, TrainingProgress } from "./trainer.ts";

/** The course of the held-out loss, in nats, as far as a run must know it to go on. */
interface Course {
  readonly before: number;
  readonly newest: number;
  readonly best: number;
  /** Measurements since the best one. */
  readonly sinceBest: number;
}

function startOfCourse(loss: number): Course {
  return { before: loss, newest: loss, best: loss, sinceBest: 0 };
}

function continuedCourse(course: Course, loss: number): Course {
  const isBest = loss < course.best;
  return {
    before: course.before,
    newest: loss,
    best: isBest ? loss : course.best,
    sinceBest: isBest ? 0 : course.sinceBest + 1,
  };
}

/** The weights with the lowest held-out loss so far; at first the initial ones. */
class BestWeights {
  readonly kept: { readonly prefix: string; readonly weights: Weights };

  constructor(parameters: readonly TrainedParameter[]) {
    const copies = [...weightsOf(parameters)].map(([name, { shape, data }]) => {
      return [name, { shape, data: data.slice() }] as const;
    });
    this.kept = { prefix: "best:", weights: new Map(copies) };
  }

  take(parameters: readonly TrainedParameter[]): void {
    for (const { name, weights } of parameters) {
      required(this.kept.weights.get(name), name).data.set(weights);
    }
  }
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

const WARMUP_SHARE = 0.1;

/** Up to the peak in the first tenth, then down to 0. */
export function upAndDown(peakRate: number, totalSteps: number): Schedule {
  const warmupSteps = Math.ceil(totalSteps * WARMUP_SHARE);
  return { peakRate, warmupSteps, totalSteps, decaySteps: totalSteps - warmupSteps };
}

/**
 * Trains until the steps are over, the held-out loss has stopped falling, or `shouldStop` says so.
 *
 * @param start makes the trainer, given how far a run found in the checkpoint has come
 * @param measure the held-out loss of the parameters as they are, in nats a token
 * @param patience measurements without gain after which the run ends
 * @throws AppError `conflict` when the checkpoint found belongs to another run, `training_failed`
 *   when the loss is not finite.
 */
export async function trainToBest(
  parameters: readonly TrainedParameter[],
  run: StoppableRun,
  how: {
    readonly start: (resumed: TrainingProgress | undefined) => Trainer;
    readonly measure: () => Promise<number>;
    readonly stepsPerEpoch: number;
    readonly totalSteps: number;
    readonly patience: number;
  },
): Promise<EarlyStoppingResult> {
  const { checkpointDirectory, fingerprint } = run;
  const { measure, stepsPerEpoch, totalSteps, patience } = how;
  const best = new BestWeights(parameters);
  const saved = loadCheckpoint(checkpointDirectory, parameters, fingerprint, best.kept);
  const resumed = saved as (SavedState & { readonly course: Course }) | undefined;
  const trainer = how.start(resumed);
  let course = resumed?.course ?? startOfCourse(await measure());
  const timer = new CheckpointTimer(systemClock, () => {
    const state = { ...trainer.progress(), fingerprint, course };
    saveCheckpoint(checkpointDirectory, parameters, state, best.kept);
  });

  const isOver = (): boolean => trainer.step >= totalSteps || course.sinceBest >= patience;
  while (!isOver() && !run.shouldStop()) {
    const report = await trainer.advance();
    if (trainer.step % stepsPerEpoch === 0) {
      course = continuedCourse(course, await measure());
      if (course.sinceBest === 0) best.take(parameters);
    }
    run.onReport({ ...report, heldOutLoss: course.newest });
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
