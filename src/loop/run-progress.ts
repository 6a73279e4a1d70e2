// How a run changes with what its process reports. Pure.

import type { TrainingRun } from "../wire/index.ts";
import { extendedCurve } from "./curve.ts";
import type { JobReport } from "./start-job.ts";

export const STARTING = { phase: "starting", done: 0, total: 0 } as const;
const STORING = { phase: "storing", done: 0, total: 0 } as const;
/** Of the newest interval in the running mean of steps a second. */
const SMOOTHING = 0.2;
const NOTES_MAX = 20;

/** Steps and when they were seen, to tell how fast a run is. */
export interface Pace {
  readonly done: number;
  readonly atMs: number;
  readonly stepsPerSecond: number | undefined;
}

/** The pace after `done` steps; begins anew when steps are done again. */
export function nextPace(pace: Pace | undefined, done: number, atMs: number): Pace {
  if (pace === undefined || done <= pace.done) return { done, atMs, stepsPerSecond: undefined };
  if (atMs <= pace.atMs) return pace;
  const now = ((done - pace.done) * 1000) / (atMs - pace.atMs);
  const before = pace.stepsPerSecond ?? now;
  return { done, atMs, stepsPerSecond: before + SMOOTHING * (now - before) };
}

/** The run after a report. */
export function reported(run: TrainingRun, report: JobReport, pace: Pace | undefined): TrainingRun {
  if (report.kind === "storing") return { ...run, progress: STORING };
  const { progress } = report;
  if (progress.phase === "note") {
    // A run that is continued says the same again.
    const notes = run.notes.filter((note) => note !== progress.text);
    return { ...run, notes: [...notes, progress.text].slice(-NOTES_MAX) };
  }
  const { phase, done, total } = progress;
  if (phase !== "training") return { ...run, progress: { phase, done, total } };
  const { loss, heldOutLoss, secondsLeft } = progress;
  const stepsPerSecond = pace?.stepsPerSecond;
  return {
    ...run,
    progress: {
      phase,
      done,
      total,
      secondsLeft,
      ...(stepsPerSecond === undefined ? {} : { stepsPerSecond }),
    },
    curve: extendedCurve(run.curve, {
      step: done,
      loss,
      ...(heldOutLoss === undefined ? {} : { heldOutLoss }),
    }),
  };
}
