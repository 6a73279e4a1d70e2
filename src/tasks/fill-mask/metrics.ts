// How good answers are, and how far their confidence can be believed.

import type { Interval } from "../../base/index.ts";
import { calibrationError, calibrationInterval } from "./calibration.ts";

/** One question's outcome. */
export interface Outcome {
  /** Place of the first right candidate, from 1; undefined when none was among them. */
  readonly rank: number | undefined;
  /** Confidence in the first candidate, 0..1. */
  readonly confidence: number;
}

export interface FillMetrics {
  readonly count: number;
  /** Shares of questions with a right answer first, among the first three and five; 0..1. */
  readonly top1: number;
  readonly top3: number;
  readonly top5: number;
  /** Mean of 1/rank, 0 where no candidate was right. */
  readonly mrr: number;
  /** Expected calibration error, 0..1. */
  readonly ece: number;
  /** Its 95 % bootstrap interval; null without questions. */
  readonly eceInterval: Interval | null;
  /** Mean squared difference between confidence and being right; 0..1. */
  readonly brier: number;
  /** Wrong answers given with a confidence of at least 0.95. */
  readonly overconfidentErrors: number;
}

const OVERCONFIDENT = 0.95;

/** Metrics over outcomes; all zero when there are none. */
export function fillMetrics(outcomes: readonly Outcome[]): FillMetrics {
  const answers = outcomes.map(({ rank, confidence }) => ({ confidence, isRight: rank === 1 }));
  const within = (limit: number): number =>
    mean(outcomes.map(({ rank }) => (rank !== undefined && rank <= limit ? 1 : 0)));
  return {
    count: outcomes.length,
    top1: within(1),
    top3: within(3),
    top5: within(5),
    mrr: mean(outcomes.map(({ rank }) => (rank === undefined ? 0 : 1 / rank))),
    ece: calibrationError(answers),
    eceInterval: calibrationInterval(answers),
    brier: mean(answers.map(({ confidence, isRight }) => (confidence - (isRight ? 1 : 0)) ** 2)),
    overconfidentErrors: answers.filter(
      ({ confidence, isRight }) => !isRight && confidence >= OVERCONFIDENT,
    ).length,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
