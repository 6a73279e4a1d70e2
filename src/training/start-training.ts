// Starts the process of a training run and listens to it. What is done with its outcome is up to
// the caller; nothing here knows the registry.

import { AppError } from "../base/index.ts";
import { entryBeside, startChild, type Child } from "../jobs/index.ts";
import {
  fromTrainingFailure,
  type FromTraining,
  type ToTraining,
  type TrainingOrder,
  type TrainingOutcome,
  type TrainingProgressReport,
} from "./order.ts";

/** A run in its own process. */
export interface RunningTraining {
  /** Rejects with whatever the run threw, `training_failed` when its process died. */
  readonly outcome: Promise<TrainingOutcome>;
  /** Lets the run end with a checkpoint after its present step. */
  stop(): void;
  /** Ends it at once; what it did since its last checkpoint is done again when it is continued. */
  kill(): void;
}

/** Starts a run at low priority; it stops by itself, with a checkpoint, when this process ends. */
export function startTraining(
  order: TrainingOrder,
  onProgress: (report: TrainingProgressReport) => void,
): RunningTraining {
  let child!: Child<ToTraining>;
  const outcome = new Promise<TrainingOutcome>((resolve, reject) => {
    child = startChild<ToTraining, FromTraining>(entryBeside(import.meta.url, "train"), {
      onMessage: (message) => {
        if (message.kind === "progress") onProgress(message.progress);
        else if (message.kind === "outcome") resolve(message.outcome);
        else reject(fromTrainingFailure(message.error));
      },
      onExit: (reason) => reject(died(reason)),
    });
  });
  child.send(order);
  return { outcome, stop: () => child.send({ kind: "stop" }), kill: child.kill };
}

function died(reason: string): AppError {
  return new AppError(
    "training_failed",
    `The training process ended without a result (${reason}); it may have run out of memory. ` +
      "The same command continues it.",
  );
}
