// A loss curve as the points of a drawing. Pure.

import type { TrainingRun } from "../../src/wire/index.ts";
import type { ChartBox } from "../chart/line-chart.tsx";

type Curve = TrainingRun["curve"];

export interface CurveShape {
  /** For the attribute `points` of a polyline, in a box of the size asked for. */
  readonly loss: string;
  readonly heldOut: string;
  readonly steps: number;
  /** The largest and the smallest loss drawn. */
  readonly range: readonly [most: number, least: number];
}

interface Box extends ChartBox {
  /** Of the whole run; the curve grows towards it. */
  readonly totalSteps: number;
}

/** Of the newest loss in the line that is drawn: single batches jump too much to be read. */
const SMOOTHING = 0.3;

/** Undefined where there is nothing to draw. */
export function curveShape(
  curve: Curve,
  { width, height, totalSteps }: Box,
): CurveShape | undefined {
  const last = curve.at(-1);
  if (last === undefined) return undefined;
  const losses = smoothed(curve.map(({ loss }) => loss));
  const heldOut = curve.flatMap(({ step, heldOutLoss }) =>
    heldOutLoss === undefined ? [] : [{ step, loss: heldOutLoss }],
  );
  const all = [...losses, ...heldOut.map(({ loss }) => loss)];
  const most = Math.max(...all);
  const least = Math.min(...all, 0);
  const steps = Math.max(totalSteps, last.step, 1);
  const place = (step: number, loss: number): string => {
    const x = (step / steps) * width;
    const y = height - ((loss - least) / Math.max(most - least, 1e-9)) * height;
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  return {
    loss: curve.map(({ step }, i) => place(step, losses[i] ?? 0)).join(" "),
    heldOut: heldOut.map(({ step, loss }) => place(step, loss)).join(" "),
    steps: last.step,
    range: [most, least],
  };
}

function smoothed(values: readonly number[]): number[] {
  let mean: number | undefined;
  return values.map((value) => {
    mean = mean === undefined ? value : mean + SMOOTHING * (value - mean);
    return mean;
  });
}
