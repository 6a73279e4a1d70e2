import { formatBytes } from "./bytes.ts";
import { formatDuration } from "./duration.ts";
import type { TrainingMessages } from "./training-messages.ts";

export const trainingEn: TrainingMessages = {
  intro:
    "Teaches the model what waits to be learned, as a new version. It goes on answering meanwhile; " +
    "the new version is measured first, and you decide whether it is used.",
  waiting: (count) => `${count} ${count === 1 ? "sample waits" : "samples wait"} to be learned`,
  later: ({ later, samplesPerUser }) =>
    `${later} more ${later === 1 ? "is" : "are"} left for the next training: one takes at most ` +
    `${samplesPerUser} on one person's word alone.`,
  unanswered: (count) =>
    `${count} more ${count === 1 ? "has" : "have"} no right word yet, and can only train beside ` +
    "samples that have one.",
  goFeedback: "Give the words",
  options: {
    title: ({ recipe, epochs, seed }) => {
      const chosen = [
        ...(recipe === "lora" ? ["LoRA"] : []),
        ...(epochs.trim() === "" ? [] : [`passes ${epochs.trim()}`]),
        ...(seed.trim() === "" ? [] : [`seed ${seed.trim()}`]),
      ];
      return chosen.length === 0 ? "Options" : `Options: ${chosen.join(", ")}`;
    },
    recipe: "Recipe",
    recipes: {
      incremental: { name: "incremental", help: "The upper layers learn; a small patch." },
      lora: {
        name: "LoRA",
        help: "Two thin matrices learn beside each; the patch is a tenth as large or less.",
      },
    },
    fields: {
      rank: {
        label: "Rank",
        help: "1 to 256",
        problem: "Give a whole number from 1 to 256.",
        placeholder: "8",
      },
      alpha: {
        label: "Alpha",
        help: "Above 0, at most 1024",
        problem: "Give a number above 0 and at most 1024.",
        placeholder: "16",
      },
      epochs: {
        label: "Passes",
        help: "Over the samples, at most; empty: the recipe's own number",
        problem: "Give a whole number from 1 to 10000.",
        placeholder: "automatic",
      },
      seed: {
        label: "Seed",
        help: "The same seed gives the same result",
        problem: "Give a whole number from 0 to 2147483648.",
        placeholder: "1",
      },
    },
    targets: "Which matrices",
    targetNames: { attention: "attention", mlp: "feed-forward", head: "head" },
    targetsProblem: "Choose at least one.",
  },
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
    load: "loading",
    prefix: "frozen layers",
    before: "measuring before",
    training: "training",
    sweep: "how far to go",
    after: "measuring after",
    storing: "storing the version",
  },
  about: (run) =>
    `From version ${run.base} · ${run.sampleCount} samples` +
    (run.source === "upload" ? " (uploaded)" : "") +
    (run.recipe === "lora" ? " · LoRA" : ""),
  progress: "Progress",
  facts: {
    phase: "phase",
    done: "done",
    rate: "rate",
    left: "left",
    loss: "loss",
    heldOut: "loss on held-out samples",
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
  metrics: { top1: "top-1", top3: "top-3", ece: "calibration error" },
  measured: ({ counts, after, steps, seconds, patchBytes }) =>
    (counts.heldOut > 0
      ? `${counts.training} samples learned, measured on ${after.count} that it never saw`
      : `${counts.training} samples learned, measured on ${after.count} of them: too few to keep some aside`) +
    `; ${steps} steps, ${seconds.toFixed(1)} s, a patch of ${formatBytes(patchBytes)}.`,
  passed: "The gate lets it pass: it has not forgotten what it should know.",
  refused: "The gate refuses it. The version is kept, but is better not used:",
  waitAgain:
    "Its samples wait again: reject those that are wrong on the Feedback page, or let more come, " +
    "and train anew. A scheduled training starts only once enough new samples wait.",
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
