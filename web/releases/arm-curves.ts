// What both arms of a release did over the last minutes, as lines of three drawings. Pure.

import type { ChartBox } from "../chart/line-chart.tsx";
import type { Arm, Release } from "./release-view.ts";

type Curve = Release["curve"];
type ArmPoint = Curve[number][Arm];

/** requests: a second · errors: share of the requests, 0..1 · latency: p95 of answers, ms. */
export type CurveName = "requests" | "errors" | "latency";

export interface ArmCurves {
  /** For the attribute `points` of polylines; empty where an arm has no value. */
  readonly lines: Readonly<Record<Arm, string>>;
  readonly newest: Readonly<Record<Arm, number | undefined>>;
  /** The value at the top of the drawing; the bottom is 0. */
  readonly most: number;
  /** From the left to the right. */
  readonly seconds: number;
}

/** The server gathers requests over this time into a point. */
const POINT_MS = 10_000;
/** A drawing never spans less time, nor smaller values: nothing must look like a leap. */
const SPAN_MIN_MS = 60_000;
const MOST_MIN: Readonly<Record<CurveName, number>> = { requests: 0.1, errors: 0.01, latency: 10 };

const VALUES: Readonly<Record<CurveName, (point: ArmPoint) => number | undefined>> = {
  requests: ({ requests }) => requests / (POINT_MS / 1000),
  errors: ({ requests, errors }) => (requests === 0 ? undefined : errors / requests),
  latency: ({ p95Ms }) => p95Ms ?? undefined,
};

/** Undefined before the first request. */
export function armCurves(curve: Curve, name: CurveName, box: ChartBox): ArmCurves | undefined {
  const points = withPauses(curve);
  const last = points.at(-1);
  const first = points[0];
  if (first === undefined || last === undefined) return undefined;
  const spanMs = Math.max(last.atMs - first.atMs, SPAN_MIN_MS);
  const valuesOf = (arm: Arm): (readonly [atMs: number, value: number])[] =>
    points.flatMap((point) => {
      const value = VALUES[name](point[arm]);
      return value === undefined ? [] : [[point.atMs, value] as const];
    });
  const values = { stable: valuesOf("stable"), canary: valuesOf("canary") };
  const all = [...values.stable, ...values.canary].map(([, value]) => value);
  const most = Math.max(...all, MOST_MIN[name]);
  const lineOf = (arm: Arm): string => {
    const places = values[arm].map(([atMs, value]) => {
      const x = box.width * (1 - (last.atMs - atMs) / spanMs);
      return `${x.toFixed(1)},${(box.height * (1 - value / most)).toFixed(1)}`;
    });
    // A line needs two ends; one value is a dot.
    return (places.length === 1 ? [...places, ...places] : places).join(" ");
  };
  return {
    lines: { stable: lineOf("stable"), canary: lineOf("canary") },
    newest: { stable: values.stable.at(-1)?.[1], canary: values.canary.at(-1)?.[1] },
    most,
    seconds: spanMs / 1000,
  };
}

interface Placed extends Readonly<Record<Arm, ArmPoint>> {
  readonly atMs: number;
}

const SILENCE: ArmPoint = { requests: 0, errors: 0, p95Ms: null };

/** The server sends no points for times without requests: their ends are put in. */
function withPauses(curve: Curve): Placed[] {
  const placed = curve.map(({ at, stable, canary }) => ({ atMs: Date.parse(at), stable, canary }));
  return placed.flatMap((point, i) => {
    const before = placed[i - 1];
    if (before === undefined || point.atMs - before.atMs < 1.5 * POINT_MS) return [point];
    const silent = { stable: SILENCE, canary: SILENCE };
    const from = { ...silent, atMs: before.atMs + POINT_MS };
    return [from, { ...silent, atMs: point.atMs - POINT_MS }, point];
  });
}
