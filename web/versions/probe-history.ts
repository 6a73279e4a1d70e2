// Measurements on suites as one small drawing for each suite. Pure.

import type { ProbeResult, ProbeRun } from "../../src/wire/index.ts";

export interface SuiteHistory {
  readonly suite: string;
  readonly kind: ProbeResult["kind"];
  /** Oldest first; only on the questions that the newest measurement had. */
  readonly points: readonly HistoryPoint[];
  readonly newest: ProbeResult;
}

export interface HistoryPoint {
  readonly at: string;
  readonly version: string;
  /** 0..1 */
  readonly top1: number;
}

export interface HistoryShape {
  /** For the attribute `points` of a polyline, in a box of the size asked for. */
  readonly line: string;
  /** Where another version was measured first; its place from the left. */
  readonly changes: readonly { readonly x: number; readonly version: string }[];
  readonly newest: { readonly x: number; readonly y: number };
  /** The accuracies at the bottom and at the top. */
  readonly range: readonly [least: number, most: number];
}

/** A drawing never shows less than this: a change of one question must not look like a fall. */
const RANGE_MIN = 0.1;

/** Each suite of the newest measurement with its history; `runs` come newest first. */
export function historiesOf(runs: readonly ProbeRun[]): SuiteHistory[] {
  const oldestFirst = runs.toReversed();
  return (runs[0]?.results ?? []).map((newest) => ({
    suite: newest.suite,
    kind: newest.kind,
    newest,
    points: oldestFirst.flatMap(({ at, version, results }) =>
      results
        .filter(({ suite, sha256 }) => suite === newest.suite && sha256 === newest.sha256)
        .map(({ top1 }) => ({ at, version, top1 })),
    ),
  }));
}

/** Places a history in a box, by time; `points` has at least one. */
export function historyShape(
  points: readonly HistoryPoint[],
  { width, height }: { readonly width: number; readonly height: number },
): HistoryShape {
  const times = points.map(({ at }) => Date.parse(at));
  const first = Math.min(...times);
  const span = Math.max(...times) - first;
  const [least, most] = rangeOf(points.map(({ top1 }) => top1));
  const placed = points.map(({ version, top1 }, i) => ({
    version,
    // One measurement alone stands at the end, where the newest one always is.
    x: span === 0 ? width : (((times[i] ?? first) - first) / span) * width,
    y: height - ((top1 - least) / (most - least)) * height,
  }));
  const newest = placed.at(-1) ?? { x: width, y: height };
  return {
    line: placed.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" "),
    changes: placed.filter(({ version }, i) => i > 0 && version !== placed[i - 1]?.version),
    newest: { x: newest.x, y: newest.y },
    range: [least, most],
  };
}

function rangeOf(values: readonly number[]): readonly [number, number] {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const margin = Math.max(0, RANGE_MIN - (most - least)) / 2;
  const bottom = Math.max(0, Math.min(least - margin, 1 - RANGE_MIN));
  return [bottom, Math.min(1, Math.max(most + margin, bottom + RANGE_MIN))];
}
