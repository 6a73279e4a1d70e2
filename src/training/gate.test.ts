import { describe, expect, it } from "vitest";
import { mcNemar } from "../base/index.ts";
import { fillMetrics, type FillMetrics } from "../tasks/fill-mask/index.ts";
import { driftRemarks, judge, type GateLimits } from "./gate.ts";
import type { Drift, DriftReport } from "./incremental/drift.ts";

const GATE_LIMITS: GateLimits = {
  top1Loss: 0,
  top3Loss: 0.01,
  eceRise: 0.05,
  probeLoss: 0.01,
  guardLoss: 0.03,
};
const before: FillMetrics = { ...fillMetrics([]), count: 100, top1: 0.5, top3: 0.7, ece: 0.05 };

describe("judge", () => {
  it("lets a version pass that is as good", () => {
    expect(judge(before, before, GATE_LIMITS)).toEqual({
      passed: true,
      reasons: [],
      findings: [],
    });
    expect(judge(before, { ...before, top1: 0.6, top3: 0.69, ece: 0.1 }, GATE_LIMITS).passed).toBe(
      true,
    );
  });

  it("says what got worse and by how much", () => {
    const { passed, reasons, findings } = judge(
      before,
      { ...before, top1: 0.48, top3: 0.65, ece: 0.2 },
      GATE_LIMITS,
    );
    expect(passed).toBe(false);
    expect(reasons).toEqual([
      "top-1 fell by 2.0 percentage points; none is allowed",
      "top-3 fell by 5.0 percentage points; 1.0 percentage points are allowed",
      "the calibration error (ECE) rose from 0.050 to 0.200; " +
        "at most 0.05 more than the gain of top-1 is allowed",
    ]);
    expect(findings).toEqual([
      { code: "top1-fell", before: 0.5, after: 0.48, allowed: 0 },
      { code: "top3-fell", before: 0.7, after: 0.65, allowed: 0.01 },
      { code: "ece-rose", before: 0.05, after: 0.2, allowed: 0.05 },
    ]);
  });

  it("does not count it against a model that it has learned and is not sure of it yet", () => {
    const ignorant = { ...before, top1: 0, top3: 0, ece: 0 };
    expect(judge(ignorant, { ...before, top1: 0.9, top3: 1, ece: 0.3 }, GATE_LIMITS).passed).toBe(
      true,
    );
  });

  it("refuses for reasons found elsewhere, too", () => {
    expect(
      judge(before, before, GATE_LIMITS, [{ code: "loss-not-fallen", before: 2 }]),
    ).toMatchObject({
      passed: false,
      reasons: ["the held-out loss never fell below 2.000 nats"],
    });
  });
});

describe("driftRemarks", () => {
  const drift = (count: number, lost: number): Drift => {
    const share = (right: number): number => right / count;
    const pValue = mcNemar(lost, 0);
    const after = share(count - lost);
    return { count, before: 1, after, flipRate: 0, lossRise: 0, divergence: 0, pValue };
  };

  const remarks = (report: DriftReport): readonly string[] =>
    judge(before, before, GATE_LIMITS, driftRemarks(report, GATE_LIMITS)).reasons;

  it("holds the probes together and each guard by itself to their limits", () => {
    const suites = { idiom: drift(500, 20), golden: drift(300, 10), small: drift(8, 1) };
    const report = { all: drift(2000, 22), suites, guards: ["golden", "small"], domains: [] };
    expect(remarks(report)).toEqual([
      "the probes fell by 1.1 percentage points over 2000 questions; 1.0 are allowed",
      "the suite golden fell by 3.3 percentage points over 300 questions; 3.0 are allowed",
    ]);
  });

  it("allows a small suite one question", () => {
    const suites = { small: drift(8, 2) };
    const report = { all: drift(2000, 0), suites, guards: ["small"], domains: [] };
    expect(remarks(report)).toEqual([
      "the suite small fell by 25.0 percentage points over 8 questions; 12.5 are allowed",
    ]);
  });
});
