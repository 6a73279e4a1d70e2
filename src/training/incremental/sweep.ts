// How far to go: W = W₀ + α·Δ for a few α (WiSE-FT, Wortsman et al. 2021, arXiv 2109.01903), of
// which the farthest is taken that gains as much as can be told and forgets no more than allowed.

/** What one α gives on the held-out samples. */
export interface SweepPoint {
  readonly alpha: number;
  /** Share of held-out samples with a right answer first, 0..1. */
  readonly heldOutAccuracy: number;
  /** In nats a token. */
  readonly heldOutLoss: number;
  /**
   * Share of probes answered rightly before minus after; negative for a gain. Absent where nobody
   * had to know: probes take most of the time, and mostly the first α asked about is taken.
   */
  readonly probeLoss?: number;
}

export const ALPHAS = [0.5, 0.75, 0.9, 1] as const;

/**
 * The farthest of the points that cannot be told from the best by held-out accuracy, which few
 * samples measure to some points only (a standard error, Breiman et al. 1984). Less than all of it
 * answers other sentences worse, and what it costs is measured: a point beyond the drift budget is
 * left out and the others choose again. With none within the budget, the smallest α.
 *
 * @param points at least one, by rising α
 * @returns the chosen point, and all of them with the probe losses that were measured
 */
export async function chooseAlpha(
  points: readonly SweepPoint[],
  {
    driftLimit,
    heldOutCount,
    measureProbeLoss,
  }: {
    /** The largest `probeLoss` allowed. */
    readonly driftLimit: number;
    readonly heldOutCount: number;
    readonly measureProbeLoss: (alpha: number) => Promise<number>;
  },
): Promise<{ readonly chosen: SweepPoint; readonly points: readonly SweepPoint[] }> {
  const known = [...points];
  let chosen = 0;
  for (let left = [...points]; left.length > 0;) {
    const next = farthest(left, heldOutCount);
    const probeLoss = await measureProbeLoss(next.alpha);
    chosen = points.indexOf(next);
    known[chosen] = { ...next, probeLoss };
    if (probeLoss <= driftLimit + 1e-9) break;
    left = left.filter((point) => point !== next);
    if (left.length === 0) chosen = 0;
  }
  return { chosen: known[chosen] as SweepPoint, points: known };
}

function farthest(points: readonly SweepPoint[], heldOutCount: number): SweepPoint {
  const best = Math.max(...points.map(({ heldOutAccuracy }) => heldOutAccuracy));
  const error = Math.sqrt((best * (1 - best)) / Math.max(1, heldOutCount));
  return points.findLast(({ heldOutAccuracy }) => heldOutAccuracy >= best - error) as SweepPoint;
}
