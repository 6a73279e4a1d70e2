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
 * Among the points within the drift budget the one with the highest held-out accuracy, then the
 * lowest loss; with none within it, the smallest α.
 *
 * @param points at least one, by rising α; @param driftLimit the largest `probeLoss` allowed
 */
export function chooseAlpha(points: readonly SweepPoint[], driftLimit: number): SweepPoint {
  const within = points.filter(({ probeLoss }) => probeLoss <= driftLimit + 1e-9);
  const better = (a: SweepPoint, b: SweepPoint): number =>
    b.heldOutAccuracy - a.heldOutAccuracy || a.heldOutLoss - b.heldOutLoss;
  const [best = points[0]] = [...within].sort(better);
  return best as SweepPoint;
}
