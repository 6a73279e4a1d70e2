import { describe, expect, it } from "vitest";
import type { ProbeRun } from "../../src/wire/index.ts";
import { historiesOf, historyShape, type HistoryPoint } from "./probe-history.ts";

/** A measurement of one suite on a day of January. */
function run(day: number, version: string, top1: number, sha256 = "a"): ProbeRun {
  const figures = { count: 100, top1, top3: 0.9, mrr: 0.8, ece: 0.05, brier: 0.1 };
  const others = { eceInterval: null, flipRate: 0, previousVersion: null, paired: null };
  return {
    id: String(day),
    model: "m",
    version,
    trigger: "schedule",
    at: `2026-01-0${day}T00:00:00.000Z`,
    results: [{ suite: "idiom", kind: "probe", sha256, ...figures, ...others }],
  };
}

describe("historiesOf", () => {
  it("has each suite of the newest measurement, oldest point first", () => {
    const [history, ...others] = historiesOf([run(3, "2", 0.6), run(2, "1", 0.5)]);
    expect(others).toEqual([]);
    expect(history).toMatchObject({ suite: "idiom", kind: "probe", newest: { top1: 0.6 } });
    expect(history?.points.map(({ version, top1 }) => [version, top1])).toEqual([
      ["1", 0.5],
      ["2", 0.6],
    ]);
  });

  it("leaves out what was measured on other questions", () => {
    const [history] = historiesOf([run(3, "2", 0.6), run(2, "1", 0.5, "b")]);
    expect(history?.points).toHaveLength(1);
  });

  it("is empty before anything was measured", () => {
    expect(historiesOf([])).toEqual([]);
  });
});

describe("historyShape", () => {
  const box = { width: 100, height: 10 };
  const point = (day: number, version: string, top1: number): HistoryPoint => {
    return { at: `2026-01-0${day}T00:00:00.000Z`, version, top1 };
  };

  it("places points by time and accuracy, and marks where the version changed", () => {
    const points = [point(1, "1", 0.5), point(2, "1", 0.5), point(5, "2", 0.7)];
    expect(historyShape(points, box)).toMatchObject({
      line: "0.0,10.0 25.0,10.0 100.0,0.0",
      changes: [{ x: 100, version: "2" }],
      newest: { x: 100, y: 0 },
      range: [0.5, 0.7],
    });
  });

  it("does not make a small change look large", () => {
    const [least, most] = historyShape([point(1, "1", 0.5), point(2, "1", 0.51)], box).range;
    expect(most - least).toBeCloseTo(0.1);
  });

  it.each([0, 0.004, 0.5, 1])("draws one measurement of %d alone, within its box", (top1) => {
    const { line, range, newest } = historyShape([point(1, "1", top1)], box);
    expect(line).not.toContain("NaN");
    expect(newest.y).toBeGreaterThanOrEqual(-1e-9);
    expect(newest.y).toBeLessThanOrEqual(box.height + 1e-9);
    expect(range[0]).toBeGreaterThanOrEqual(0);
  });
});
