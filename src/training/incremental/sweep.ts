// How far to go: W = W₀ + α·Δ for a few α (WiSE-FT, Wortsman et al. 2021, arXiv 2109.01903), of
// which the one that gains most without forgetting more than is allowed is taken.

/** What one α gives. */
export interface SweepPoint {
  readonly alpha: number;
  /** Share of held-out samples with a right answer first, 0..1. */
  readonly heldOutAccuracy: number;
  /** In nats a token. */
  readonly heldOutLoss: number;
  /** Share of probes answered rightly before minus after; negative for a gain. */
  readonly probeLoss: number;
}

export const ALPHAS = [0.5, 0.75, 0.9, 1] as const;

/**
 * The farthest of the points within the drift budget that cannot be told from the best by held-out
 * accuracy, which few samples measure to some points only (a standard error, Breiman et al. 1984).
 * Less than all of it answers other sentences worse, and what it costs is measured. With none
 * within the budget, the smallest α.
 *
 * @param points at least one, by rising α
 */
export function chooseAlpha(
  points: readonly SweepPoint[],
  {
    driftLimit,
    heldOutCount,
  }: {
    /** The largest `probeLoss` allowed. */
    readonly driftLimit: number;
    readonly heldOutCount: number;
  },
): SweepPoint {
  const within = points.filter(({ probeLoss }) => probeLoss <= driftLimit + 1e-9);
  const best = Math.max(...within.map(({ heldOutAccuracy }) => heldOutAccuracy));
  const error = Math.sqrt((best * (1 - best)) / Math.max(1, heldOutCount));
  const far = within.findLast(({ heldOutAccuracy }) => heldOutAccuracy >= best - error);
  return far ?? (points[0] as SweepPoint);
}
