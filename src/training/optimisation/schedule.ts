// Learning rates over a run.

/** Warm-up, plateau, decay (Hu et al. 2024, arXiv 2404.06395), in steps. */
export interface Schedule {
  readonly peakRate: number;
  /** Linear from 0 to the peak. */
  readonly warmupSteps: number;
  readonly totalSteps: number;
  /** The last steps, in which the rate falls linearly to 0. */
  readonly decaySteps: number;
}

/** The rate of `step`, counted from 1. */
export function rateAt(schedule: Schedule, step: number): number {
  const { peakRate, warmupSteps, totalSteps, decaySteps } = schedule;
  const rising = warmupSteps === 0 ? 1 : step / warmupSteps;
  const falling = decaySteps === 0 ? 1 : (totalSteps - step + 1) / decaySteps;
  return peakRate * Math.max(0, Math.min(1, rising, falling));
}

/** A schedule that falls linearly from its rate at step `from` to 0 after step `until`. */
export function cooled(
  schedule: Schedule,
  { from, until }: { readonly from: number; readonly until: number },
): Schedule {
  const decaySteps = until - from;
  return { peakRate: rateAt(schedule, from), warmupSteps: 0, totalSteps: until, decaySteps };
}
