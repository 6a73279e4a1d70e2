// A loss curve that stays small however long a run is. Pure.

import type { TrainingRun } from "../wire/index.ts";

export type CurvePoint = TrainingRun["curve"][number];

/** Points kept; what is shown is a few hundred pixels wide. */
const POINTS_MAX = 240;

/**
 * The curve with one more point. A step that was done before is done again after a kill, and
 * replaces what was seen then. Every second point goes when there are too many.
 */
export function extendedCurve(curve: readonly CurvePoint[], point: CurvePoint): CurvePoint[] {
  const earlier = curve.filter(({ step }) => step < point.step);
  const kept = earlier.length < POINTS_MAX ? earlier : earlier.filter((_, i) => i % 2 === 0);
  return [...kept, point];
}
