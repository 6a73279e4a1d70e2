// The sentences of the Training room.

import type {
  LoraTarget,
  PatchRecipe,
  RunProgress,
  RunResult,
  TrainingRun,
  WaitingResponse,
} from "../../src/wire/index.ts";
import type { RunFields, RunProblem } from "../training/run-wish.ts";
import type { Notice } from "./messages.ts";

/** How a training may go otherwise. */
export interface RunOptionsMessages {
  /** Also says what was chosen, since it may be closed. */
  readonly title: (fields: RunFields) => string;
  readonly recipe: string;
  readonly recipes: Readonly<Record<PatchRecipe, { readonly name: string; readonly help: string }>>;
  readonly fields: Readonly<
    Record<
      Exclude<RunProblem, "targets">,
      Readonly<Record<"label" | "help" | "problem" | "placeholder", string>>
    >
  >;
  readonly targets: string;
  readonly targetNames: Readonly<Record<LoraTarget, string>>;
  readonly targetsProblem: string;
}

export interface TrainingMessages {
  readonly intro: string;
  readonly waiting: (count: number) => string;
  /** What the next run leaves for a later one, and why. */
  readonly later: (waiting: WaitingResponse) => string;
  /** What no run takes before there is a sample with a right word. */
  readonly unanswered: (count: number) => string;
  readonly goFeedback: string;
  readonly options: RunOptionsMessages;
  /** Why there is nothing to press yet. */
  readonly none: string;
  readonly underWay: string;
  readonly takesLong: string;
  readonly start: string;
  readonly stop: string;
  readonly stopping: string;
  readonly resume: string;
  readonly states: Readonly<Record<TrainingRun["state"], string>>;
  /** Those of a run under way, and what its record calls the time before them. */
  readonly phases: Readonly<Record<RunProgress["phase"] | "load", string>>;
  /** "from version 1, 64 samples" */
  readonly about: (run: TrainingRun) => string;
  readonly progress: string;
  readonly facts: Readonly<Record<"phase" | "done" | "rate" | "left" | "loss" | "heldOut", string>>;
  readonly rate: (stepsPerSecond: number) => string;
  readonly seconds: (seconds: number) => string;
  readonly curve: string;
  readonly curveSteps: (steps: number) => string;
  readonly curveNone: string;
  readonly notes: string;
  readonly result: string;
  readonly before: string;
  readonly after: string;
  readonly metric: string;
  readonly metrics: Readonly<Record<"top1" | "top3" | "ece", string>>;
  readonly measured: (result: RunResult) => string;
  readonly passed: string;
  readonly refused: string;
  /** What becomes of the samples of a refused version that came from feedback. */
  readonly waitAgain: string;
  readonly release: (version: string) => string;
  readonly makeStable: (version: string) => string;
  readonly isStable: (version: string) => string;
  /** A link to all that was measured. */
  readonly archive: string;
  readonly goFill: string;
  readonly earlier: string;
  readonly newVersion: (version: string) => string;
  readonly failed: (reason: string) => string;
  readonly loading: string;
  readonly reconnecting: string;
  readonly empty: Notice;
}
