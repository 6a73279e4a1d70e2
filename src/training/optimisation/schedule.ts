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
