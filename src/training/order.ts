// What a training process is told and what it says, over the channel that fork() makes.

import { AppError, fromErrorData, type ErrorData } from "../base/index.ts";
import type { PatchBase } from "../checkpoint/index.ts";
import type { GateVerdict, LoraSettings, PatchRecipe } from "../wire/index.ts";
import type { SuiteKind } from "../registry/index.ts";
import type { FillMetrics } from "../tasks/fill-mask/index.ts";
import type { GateLimits } from "./gate.ts";
import type { AccuracyReport, DriftReport } from "./incremental/drift.ts";
import type { PhaseSeconds } from "./incremental/run.ts";
import type { Suspect } from "./incremental/suspects.ts";
import type { SweepPoint } from "./incremental/sweep.ts";

/**
 * incremental: the top layers learn from samples, the result is a patch. lora: the same with few
 * numbers beside the layers' matrices. full: every weight learns from samples. pretrain: masked
 * words of running text.
 */
export type TrainingRecipe = "incremental" | "lora" | "full" | "pretrain";

/** The first message: everything that a run is. */
export type TrainingOrder = TuningOrder | WholeOrder;

/**
 * Samples that a version is measured on. Probes tell what was forgotten, and with it how far to go;
 * at the others only the verdict in the end looks.
 */
export interface Suite {
  readonly name: string;
  readonly kind: SuiteKind;
  /** Absolute path. */
  readonly file: string;
}

interface CommonOrder {
  readonly kind: "train";
  /** The version to begin with; without weights, `pretrain` begins with fresh ones. */
  readonly modelDirectory: string;
  readonly samplesFile: string;
  /** Samples that earlier versions learned, to be repeated; nothing of them is measured. */
  readonly earlierFile?: string | undefined;
  /** All suites of the model: what they ask is not learned. */
  readonly suites: readonly Suite[];
  /** Kept for the run alone; one that was stopped there is continued. */
  readonly runDirectory: string;
  /** The recipe's own number when absent. */
  readonly epochs?: number | undefined;
  readonly seed: number;
  readonly threads: number;
  /** What the new version must not lose. */
  readonly limits: GateLimits;
}

/** Training of all weights. */
export interface WholeOrder extends CommonOrder {
  readonly recipe: Exclude<TrainingRecipe, PatchRecipe>;
}

/** Training of the top layers. */
export interface TuningOrder extends CommonOrder {
  readonly recipe: PatchRecipe;
  readonly tuning: {
    /** Of the recipe `lora`. */
    readonly lora?: LoraSettings | undefined;
    /** The version without any patch, whose lower layers all its versions share. */
    readonly baseDirectory: string;
    readonly base: PatchBase;
    /** Where activations of that base are kept. */
    readonly cacheDirectory: string;
    /** What activations of all models may take beyond those that a run under way uses. */
    readonly cacheBytesMax: number;
    /** Sentences, one a line, that shall stay what they are. */
    readonly replayFile?: string | undefined;
  };
}

export type ToTraining = TrainingOrder | { readonly kind: "stop" };

export type FromTraining =
  | { readonly kind: "progress"; readonly progress: TrainingProgressReport }
  | { readonly kind: "outcome"; readonly outcome: TrainingOutcome }
  | { readonly kind: "failed"; readonly error: ErrorData };

/** What is going on; `done` of `total` in the unit of the phase. */
export type TrainingProgressReport =
  | {
      /** Measuring the version before or after, in samples; activations, in rows; ways to go. */
      readonly phase: "before" | "after" | "prefix" | "sweep";
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

export type TrainingOutcome =
  | { readonly kind: "stopped"; readonly step: number; readonly totalSteps: number }
  | FinishedTraining;

export interface FinishedTraining {
  readonly kind: "finished";
  /**
   * The new version, inside the run's: of `incremental` and `lora` a patch against their base with
   * its settings, of the other recipes a complete model directory.
   */
  readonly directory: string;
  /** Bytes of what the version adds: its patch, or all weights. */
  readonly patchBytes: number;
  /** Training and measuring, pauses left out. */
  readonly seconds: number;
  readonly steps: number;
  /** On what was held out. */
  readonly before: FillMetrics;
  readonly after: FillMetrics;
  readonly gate: GateVerdict;
  readonly counts: { readonly training: number; readonly heldOut: number };
  /** Samples that the others contradict, the most doubtful first; incremental only. */
  readonly suspects?: readonly Suspect[] | undefined;
  /** What was forgotten; undefined for a version that had none before it. */
  readonly drift?: DriftReport | undefined;
  /** How such a version answers the suites. */
  readonly accuracy?: AccuracyReport | undefined;
  /** What an incremental training found out besides. */
  readonly tuning?: TuningFindings | undefined;
}

export interface TuningFindings {
  /** How far it went from the version it began with to what was trained, 0..1. */
  readonly alpha: number;
  readonly sweep: readonly SweepPoint[];
  readonly temperature: number;
  readonly secondsByPhase: PhaseSeconds;
}

/** What the training process threw, as its starter throws it on. */
export function fromTrainingFailure(error: ErrorData): AppError {
  return fromErrorData(error, (message) => {
    return new AppError("training_failed", `The training failed: ${message}`);
  });
}
