import { describe, expect, it } from "vitest";
import { driftReport } from "./drift.ts";
import type { FirstOutcome, LaterOutcome } from "./row-loss.ts";

const first = (isRight: boolean, top: number): FirstOutcome => {
  return { isRight, top: [top], losses: [1], remembered: [] };
};
const later = (isRight: boolean, top: number, divergence: number): LaterOutcome => {
  return { isRight, top: [top], losses: [1.5], divergences: [divergence] };
};
const none = { asked: [], before: [], after: [] };

describe("driftReport", () => {
  it("tells accuracy, changed answers, loss and divergence of each suite and of all probes", () => {
    const { all, suites, guards } = driftReport({
      probes: {
        asked: [{ suite: "idiom" }, { suite: "poem" }, { suite: "idiom" }],
        before: [first(true, 1), first(false, 2), first(true, 3)],
        after: [later(true, 1, 0.1), later(false, 5, 0.3), later(false, 4, 0.2)],
      },
      guards: {
        asked: [{ suite: "golden" }],
        before: [first(true, 1)],
        after: [later(true, 1, 2)],
      },
      domains: none,
    });
    expect(all).toMatchObject({ count: 3, before: 2 / 3, after: 1 / 3, flipRate: 2 / 3 });
    expect(all.divergence).toBeCloseTo(0.2, 12);
    expect(suites["idiom"]).toMatchObject({ count: 2, before: 1, after: 0.5, lossRise: 0.5 });
    expect(suites["idiom"]?.divergence).toBeCloseTo(0.15, 12);
    expect(suites["golden"]).toMatchObject({ count: 1, divergence: 2, pValue: 1 });
    expect(guards).toEqual(["golden"]);
  });

  it("tells what was held out of a domain from what had been learned of it", () => {
    const { domains, all } = driftReport({
      probes: none,
      guards: none,
      domains: {
        asked: [
          { domain: "合同", on: "held-out" },
          { domain: "合同", on: "earlier" },
          { domain: "合同", on: "earlier" },
        ],
        before: [first(false, 1), first(true, 2), first(true, 3)],
        after: [later(true, 4, 1), later(true, 2, 0), later(false, 1, 1)],
      },
    });
    expect(domains).toMatchObject([
      { domain: "合同", on: "held-out", count: 1, before: 0, after: 1, flipRate: 1 },
      { domain: "合同", on: "earlier", count: 2, before: 1, after: 0.5, flipRate: 0.5 },
    ]);
    expect(all).toMatchObject({ count: 0, divergence: 0, pValue: 1 });
  });
});
