// Starts the process of a training run and listens to it. What is done with its outcome is up to
// the caller; nothing here knows the registry.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AppError } from "../base/index.ts";
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

/** JavaScript when built, TypeScript where a loader runs the sources. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const ENTRY = fileURLToPath(new URL(`./train.main.${EXTENSION}`, import.meta.url));

/** Starts a run at low priority; it stops by itself, with a checkpoint, when this process ends. */
export function startTraining(
  order: TrainingOrder,
  onProgress: (report: TrainingProgressReport) => void,
): RunningTraining {
  // What an engine prints must not mix with a command's result on stdout.
  const child = fork(ENTRY, [], { serialization: "advanced", stdio: ["ignore", 2, 2, "ipc"] });
  const say = (message: ToTraining): void => {
    if (child.connected) child.send(message, () => {});
  };
  const outcome = new Promise<TrainingOutcome>((resolve, reject) => {
    child.on("message", (message: FromTraining) => {
      if (message.kind === "progress") onProgress(message.progress);
      else if (message.kind === "outcome") resolve(message.outcome);
      else reject(fromTrainingFailure(message.error));
    });
    child.on("error", (error) => reject(died(error.message)));
    child.on("exit", (code, signal) => {
      const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const end = (): void => reject(died(reason));
      // The last message may still be on its way.
      if (child.connected) child.once("disconnect", end);
      else end();
    });
  });
  say(order);
  return { outcome, stop: () => say({ kind: "stop" }), kill: () => child.kill("SIGKILL") };
}

function died(reason: string): AppError {
  return new AppError(
    "training_failed",
    `The training process ended without a result (${reason}); it may have run out of memory. ` +
      "The same command continues it.",
  );
}
