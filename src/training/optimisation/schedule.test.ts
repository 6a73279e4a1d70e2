import { describe, expect, it } from "vitest";
import { rateAt, type Schedule } from "./schedule.ts";

const SCHEDULE: Schedule = { peakRate: 2, warmupSteps: 4, totalSteps: 20, decaySteps: 5 };

const rates = (schedule: Schedule): number[] =>
  Array.from({ length: schedule.totalSteps }, (_, i) => rateAt(schedule, i + 1));

describe("rateAt", () => {
  it("rises to the peak, stays there, and falls to what is left of it at the last step", () => {
    const rising = [0.5, 1, 1.5];
    const peak = Array<number>(13).fill(2);
    const falling = [0.8, 0.6, 0.4, 0.2].map((share) => 2 * share);
    expect(rates(SCHEDULE)).toEqual([...rising, ...peak, ...falling]);
  });

  it("is the peak throughout without warm-up and decay", () => {
    const flat = { ...SCHEDULE, warmupSteps: 0, decaySteps: 0 };
    expect(new Set(rates(flat))).toEqual(new Set([2]));
  });

  it("never passes the peak nor falls below zero where warm-up and decay meet", () => {
    const steep = { ...SCHEDULE, warmupSteps: 15, decaySteps: 15 };
    for (const rate of rates(steep)) {
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThanOrEqual(2);
    }
    expect(rateAt(steep, 30)).toBe(0);
  });
});
