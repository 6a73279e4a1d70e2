// Measurements of versions on suites, as the registry keeps them.

/** Why a suite was measured. */
export type ProbeTrigger = "schedule" | "http" | "command";

/** probe: ships · golden: ships, and nobody may touch it · own: added by a person. */
export type SuiteKind = "probe" | "golden" | "own";

/** What a version made of one suite. */
export interface ProbeResult {
  readonly suite: string;
  readonly kind: SuiteKind;
  /** Of the suite's file: results on another content are not compared. */
  readonly sha256: string;
  /** Questions. */
  readonly count: number;
  /** Shares of questions, 0..1. */
  readonly top1: number;
  readonly top3: number;
  /** Expected calibration error, 0..1. */
  readonly ece: number;
  /** Share of questions with another first answer than in the run before; null without one. */
  readonly flipRate: number | null;
  /** The version of the run before, on the same questions. */
  readonly previousVersion: string | null;
}

/** All suites of a model, measured on one version at one time. */
export interface ProbeRun {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly trigger: ProbeTrigger;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly results: readonly ProbeResult[];
}

/** A suite's result as it is measured, with the first answer to each question. */
export interface MeasuredSuite extends Omit<ProbeResult, "flipRate" | "previousVersion"> {
  readonly answers: readonly string[];
}
