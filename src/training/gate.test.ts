import { describe, expect, it } from "vitest";
import { fillMetrics, type FillMetrics } from "../tasks/fill-mask/index.ts";
import { judge } from "./gate.ts";

const before: FillMetrics = { ...fillMetrics([]), count: 100, top1: 0.5, top3: 0.7, ece: 0.05 };

describe("judge", () => {
  it("lets a version pass that is as good", () => {
    expect(judge(before, before)).toEqual({ passed: true, reasons: [] });
    expect(judge(before, { ...before, top1: 0.6, top3: 0.69, ece: 0.1 }).passed).toBe(true);
  });

  it("says what got worse and by how much", () => {
    const { passed, reasons } = judge(before, { ...before, top1: 0.48, top3: 0.65, ece: 0.2 });
    expect(passed).toBe(false);
    expect(reasons).toEqual([
      "top-1 fell by 2.0 percentage points; none is allowed",
      "top-3 fell by 5.0 percentage points; 1.0 percentage points are allowed",
      "the calibration error (ECE) rose from 0.050 to 0.200; " +
        "at most 0.05 more than the gain of top-1 is allowed",
    ]);
  });

  it("does not count it against a model that it has learned and is not sure of it yet", () => {
    const ignorant = { ...before, top1: 0, top3: 0, ece: 0 };
    expect(judge(ignorant, { ...before, top1: 0.9, top3: 1, ece: 0.3 }).passed).toBe(true);
  });

  it("refuses for reasons found elsewhere, too", () => {
    expect(judge(before, before, ["the held-out loss rose"])).toEqual({
      passed: false,
      reasons: ["the held-out loss rose"],
    });
  });
});
