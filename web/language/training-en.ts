import { formatBytes } from "./bytes.ts";
import { formatDuration } from "./duration.ts";
import type { TrainingMessages } from "./training-messages.ts";

export const trainingEn: TrainingMessages = {
  intro:
    "Teaches the model what waits to be learned, as a new version. It goes on answering meanwhile; " +
    "the new version is measured first, and you decide whether it is used.",
  waiting: (count) => `${count} ${count === 1 ? "sample waits" : "samples wait"} to be learned`,
  none: "Give the right word for an answer on the Fill page, and it can train.",
  underWay: "A training is under way; the next can start when it has ended.",
  takesLong: "Usually a minute or two.",
  start: "Train",
  stop: "Stop",
  stopping: "Stopping…",
  resume: "Go on training",
  states: {
    running: "Training",
    stopped: "Stopped",
    finished: "Finished",
    failed: "Failed",
    "given-up": "Given up",
  },
  phases: {
    starting: "getting ready",
    prefix: "frozen layers",
    before: "measuring before",
    training: "training",
    sweep: "how far to go",
    after: "measuring after",
    storing: "storing the version",
  },
  about: (run) =>
    `From version ${run.base} · ${run.sampleCount} samples` +
    (run.source === "upload" ? " (uploaded)" : ""),
  progress: "Progress",
  facts: {
    phase: "phase",
    done: "done",
    rate: "rate",
    left: "left",
    loss: "loss",
    heldOut: "measured loss",
  },
  rate: (steps) => `${steps.toFixed(steps < 10 ? 1 : 0)} steps/s`,
  seconds: (seconds) => formatDuration(seconds, "en"),
  curve: "Loss curve",
  curveSteps: (steps) => `step ${steps}`,
  curveNone: "The loss is drawn here once training begins.",
  notes: "Notes",
  result: "Result",
  before: "before",
  after: "after",
  metric: "measure",
  metrics: { top1: "right first", top3: "right in three", ece: "calibration error" },
  measured: ({ counts, after, steps, seconds, patchBytes }) =>
    (counts.heldOut > 0
      ? `${counts.training} samples learned, measured on ${after.count} that it never saw`
      : `${counts.training} learned and measured: too few to keep some aside`) +
    `; ${steps} steps, ${seconds.toFixed(1)} s, a patch of ${formatBytes(patchBytes)}.`,
  passed: "The gate lets it pass: it has not forgotten what it should know.",
  refused: "The gate refuses it. The version is kept, but is better not used:",
  release: (version) => `Release version ${version}`,
  makeStable: (version) => `Use version ${version}`,
  isStable: (version) => `Version ${version} answers from now on.`,
  archive: "All that was measured",
  goFill: "Go to Fill",
  earlier: "Earlier trainings",
  newVersion: (version) => `gave version ${version}`,
  failed: (reason) => `Not done: ${reason}`,
  loading: "Loading…",
  reconnecting: "The connection to the server is gone; trying again…",
  empty: {
    title: "Nothing has been trained yet",
    advice:
      "Press ✗ beside a wrong word on the Fill page and give the right one. One is enough to train; " +
      "with more, it is known better how good the new version is.",
  },
};
