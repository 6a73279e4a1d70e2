// What both arms did over the last quarter of an hour, in points of ten seconds; for people's eyes.

import type { Observation } from "./evidence.ts";
import type { Arm } from "./route.ts";

const POINT_MS = 10_000;
const POINTS_MAX = 90;
/** Answer times kept for the p95 of a point. */
const TIMES_MAX = 500;

export interface ArmPoint {
  readonly requests: number;
  readonly errors: number;
  /** Of answers; null without any. */
  readonly p95Ms: number | null;
}

export interface CurvePoint extends Readonly<Record<Arm, ArmPoint>> {
  /** The beginning of the point, on the clock of the release. */
  readonly atMs: number;
}

interface Tally {
  requests: number;
  errors: number;
  readonly times: number[];
}

export class Curve {
  readonly #points: (Readonly<Record<Arm, Tally>> & { readonly atMs: number })[] = [];

  add({ arm, isError, ms }: Observation, nowMs: number): void {
    const atMs = Math.floor(nowMs / POINT_MS) * POINT_MS;
    let point = this.#points.at(-1);
    if (point?.atMs !== atMs) {
      point = { atMs, stable: newTally(), canary: newTally() };
      this.#points.push(point);
      if (this.#points.length > POINTS_MAX) this.#points.shift();
    }
    const tally = point[arm];
    tally.requests += 1;
    if (isError) tally.errors += 1;
    else if (tally.times.length < TIMES_MAX) tally.times.push(ms);
  }

  /** Oldest first; times without any request have no point. */
  points(): readonly CurvePoint[] {
    return this.#points.map(({ atMs, stable, canary }) => {
      return { atMs, stable: pointOf(stable), canary: pointOf(canary) };
    });
  }
}

function newTally(): Tally {
  return { requests: 0, errors: 0, times: [] };
}

function pointOf({ requests, errors, times }: Tally): ArmPoint {
  const sorted = times.toSorted((a, b) => a - b);
  return { requests, errors, p95Ms: sorted[Math.floor(0.95 * sorted.length)] ?? null };
}
