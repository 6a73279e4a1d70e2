// Starts the process of a run and listens to it.

import { entryBeside, startChild, type Child } from "../jobs/index.ts";
import type { FromJob, JobOrder, JobOutcome, ToJob } from "./job.ts";

/** A run in its own process. */
export interface RunningJob {
  /** Never rejects; "died" when the process ended without a word. */
  readonly outcome: Promise<JobOutcome | { readonly kind: "died"; readonly reason: string }>;
  /** Lets it end with a checkpoint. */
  stop(): void;
  /** Ends it at once; what it did since its last checkpoint is done again. */
  kill(): void;
}

export type JobReport = Exclude<FromJob, { kind: "ended" }>;

export type StartJob = (order: JobOrder, onReport: (report: JobReport) => void) => RunningJob;

export const startJob: StartJob = (order, onReport) => {
  let child!: Child<ToJob>;
  const outcome: RunningJob["outcome"] = new Promise((resolve) => {
    child = startChild<ToJob, FromJob>(entryBeside(import.meta.url, "job"), {
      onMessage: (message) => {
        if (message.kind === "ended") resolve(message.outcome);
        else onReport(message);
      },
      onExit: (reason) => resolve({ kind: "died", reason }),
    });
  });
  child.send(order);
  return { outcome, stop: () => child.send({ kind: "stop" }), kill: child.kill };
};
