import { describe, expect, it } from "vitest";
import { fillMetrics } from "./metrics.ts";

describe("fillMetrics", () => {
  it("counts ranks", () => {
    const metrics = fillMetrics([
      { rank: 1, confidence: 0.9 },
      { rank: 3, confidence: 0.5 },
      { rank: 5, confidence: 0.5 },
      { rank: undefined, confidence: 0.97 },
    ]);
    expect(metrics).toMatchObject({ count: 4, top1: 0.25, top3: 0.5, top5: 0.75 });
    expect(metrics.mrr).toBeCloseTo((1 + 1 / 3 + 1 / 5) / 4, 12);
    expect(metrics.overconfidentErrors).toBe(1);
  });

  it("finds perfect calibration where confidence equals accuracy", () => {
    const outcomes = Array.from({ length: 10 }, (_, i) => {
      return { rank: i < 7 ? 1 : undefined, confidence: 0.7 };
    });
    expect(fillMetrics(outcomes).ece).toBeCloseTo(0, 12);
  });

  it("measures the gap of certain but wrong answers", () => {
    const metrics = fillMetrics([{ rank: 2, confidence: 1 }]);
    expect(metrics.ece).toBe(1);
    expect(metrics.brier).toBe(1);
  });

  it("is all zero without outcomes", () => {
    expect(fillMetrics([])).toMatchObject({ count: 0, top1: 0, ece: 0, eceInterval: null });
  });
});
