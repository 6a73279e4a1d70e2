// Starts the process of a run and listens to it.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
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

/** JavaScript when built, TypeScript where a loader runs the sources. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const ENTRY = fileURLToPath(new URL(`./job.main.${EXTENSION}`, import.meta.url));

export const startJob: StartJob = (order, onReport) => {
  // What an engine prints must not mix with a command's result on stdout.
  const child = fork(ENTRY, [], { serialization: "advanced", stdio: ["ignore", 2, 2, "ipc"] });
  const say = (message: ToJob): void => {
    if (child.connected) child.send(message, () => {});
  };
  const outcome: RunningJob["outcome"] = new Promise((resolve) => {
    child.on("message", (message: FromJob) => {
      if (message.kind === "ended") resolve(message.outcome);
      else onReport(message);
    });
    child.on("error", (error) => resolve({ kind: "died", reason: error.message }));
    child.on("exit", (code, signal) => {
      const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const end = (): void => resolve({ kind: "died", reason });
      // The last message may still be on its way.
      if (child.connected) child.once("disconnect", end);
      else end();
    });
  });
  say(order);
  return { outcome, stop: () => say({ kind: "stop" }), kill: () => child.kill("SIGKILL") };
};
