// How good answers are, and how far their confidence can be believed.

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
  /** Expected calibration error over ten equal bins (Guo et al. 2017, arXiv 1706.04599); 0..1. */
  readonly ece: number;
  /** Mean squared difference between confidence and being right; 0..1. */
  readonly brier: number;
  /** Wrong answers given with a confidence of at least 0.95. */
  readonly overconfidentErrors: number;
}

const BINS = 10;
const OVERCONFIDENT = 0.95;

/** Metrics over outcomes; all zero when there are none. */
export function fillMetrics(outcomes: readonly Outcome[]): FillMetrics {
  const within = (limit: number): number =>
    mean(outcomes.map(({ rank }) => (rank !== undefined && rank <= limit ? 1 : 0)));
  return {
    count: outcomes.length,
    top1: within(1),
    top3: within(3),
    top5: within(5),
    mrr: mean(outcomes.map(({ rank }) => (rank === undefined ? 0 : 1 / rank))),
    ece: calibrationError(outcomes),
    brier: mean(outcomes.map(({ rank, confidence }) => (confidence - (rank === 1 ? 1 : 0)) ** 2)),
    overconfidentErrors: outcomes.filter(
      ({ rank, confidence }) => rank !== 1 && confidence >= OVERCONFIDENT,
    ).length,
  };
}

/** Σ over bins of (share of questions)·|accuracy − mean confidence|. */
function calibrationError(outcomes: readonly Outcome[]): number {
  const bins = Array.from({ length: BINS }, () => ({ count: 0, right: 0, confidence: 0 }));
  for (const { rank, confidence } of outcomes) {
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    if (bin === undefined) continue;
    bin.count++;
    bin.confidence += confidence;
    if (rank === 1) bin.right++;
  }
  return bins.reduce(
    (sum, { right, confidence }) => sum + Math.abs(right - confidence) / (outcomes.length || 1),
    0,
  );
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
