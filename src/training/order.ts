// What a training process is told and what it says, over the channel that fork() makes.

import { AppError, messageOf, type ErrorCode } from "../base/index.ts";
import type { FillMetrics } from "../tasks/fill-mask/index.ts";

/** full: fine-tuning on samples. pretrain: masked words of running text. */
export type TrainingRecipe = "full" | "pretrain";

/** The first message: everything that a run is. */
export interface TrainingOrder {
  readonly kind: "train";
  readonly recipe: TrainingRecipe;
  /** The version to begin with; without weights, `pretrain` begins with fresh ones. */
  readonly modelDirectory: string;
  readonly samplesFile: string;
  /** Kept for the run alone; one that was stopped there is continued. */
  readonly runDirectory: string;
  /** The recipe's own number when absent. */
  readonly epochs?: number | undefined;
  readonly seed: number;
  readonly threads: number;
}

export type ToTraining = TrainingOrder | { readonly kind: "stop" };

export type FromTraining =
  | { readonly kind: "progress"; readonly progress: TrainingProgressReport }
  | { readonly kind: "outcome"; readonly outcome: TrainingOutcome }
  | { readonly kind: "failed"; readonly error: TrainingFailure };

/** What is going on; `done` of `total` in the unit of the phase. */
export type TrainingProgressReport =
  | {
      /** Measuring the version before or after, in samples. */
      readonly phase: "before" | "after";
      readonly done: number;
      readonly total: number;
    }
  | {
      /** In steps. */
      readonly phase: "training";
      readonly done: number;
      readonly total: number;
      /** Nats a token, of this step. */
      readonly loss: number;
      /** The newest measurement; undefined where a recipe has none. */
      readonly heldOutLoss: number | undefined;
      readonly secondsLeft: number;
    }
  | {
      /** Something worth a line, such as samples that were left out. */
      readonly phase: "note";
      readonly text: string;
    };

export interface TrainingGate {
  readonly passed: boolean;
  /** What falls below a limit, and by how much. */
  readonly reasons: readonly string[];
}

export type TrainingOutcome =
  | { readonly kind: "stopped"; readonly step: number; readonly totalSteps: number }
  | FinishedTraining;

export interface FinishedTraining {
  readonly kind: "finished";
  /** The new version, a complete model directory inside the run's. */
  readonly directory: string;
  /** Bytes of what the version adds; for these recipes all weights. */
  readonly patchBytes: number;
  /** Training and measuring, pauses left out. */
  readonly seconds: number;
  readonly steps: number;
  /** On what was held out. */
  readonly before: FillMetrics;
  readonly after: FillMetrics;
  readonly gate: TrainingGate;
  readonly counts: { readonly training: number; readonly heldOut: number };
}

/** An error as data; `code` is undefined for a bug. */
export interface TrainingFailure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

export function toTrainingFailure(error: unknown): TrainingFailure {
  const isExpected = error instanceof AppError;
  return {
    code: isExpected ? error.code : undefined,
    message: messageOf(error),
    details: isExpected ? error.details : undefined,
  };
}

/** What the training process threw, as its starter throws it on. */
export function fromTrainingFailure({ code, message, details }: TrainingFailure): AppError {
  if (code === undefined) return new AppError("training_failed", `The training failed: ${message}`);
  return new AppError(code, message, details === undefined ? {} : { details });
}
