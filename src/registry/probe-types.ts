// Measurements of versions on suites, as the registry keeps them.

import type { Interval } from "../base/index.ts";

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
  /** Mean reciprocal rank, 0..1; null in runs of older programs, as all that may be null below. */
  readonly mrr: number | null;
  /** Expected calibration error, 0..1. */
  readonly ece: number;
  readonly eceInterval: Interval | null;
  /** Brier score, 0..1. */
  readonly brier: number | null;
  /** Share of questions with another first answer than in the run before; null without one. */
  readonly flipRate: number | null;
  /** The version of the run before, on the same questions. */
  readonly previousVersion: string | null;
  /** Null without a run of another version on the same questions. */
  readonly paired: PairedTest | null;
}

/** The same questions put to two versions. */
export interface PairedTest {
  /** The other version that was measured last. */
  readonly version: string;
  /** Questions that it had right and this one has wrong. */
  readonly lost: number;
  /** Questions that it had wrong and this one has right. */
  readonly won: number;
  /** McNemar's exact test, two-sided. */
  readonly pValue: number;
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

/** A suite's result as it is measured. */
export interface MeasuredSuite extends Omit<
  ProbeResult,
  "flipRate" | "previousVersion" | "paired"
> {
  /** The first answer to each question, which is kept. */
  readonly answers: readonly string[];
  /** What would have been right, question by question; the suite has it. */
  readonly accepted: readonly (readonly string[])[];
}
