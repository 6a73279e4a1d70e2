import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latestDueMs, nextDueMs, WEEKDAYS, type Rhythm } from "./rhythm.ts";

const at = (text: string): number => new Date(text).getTime();
const WEEKLY: Rhythm = { every: "weekly", weekday: "sunday", hour: 3 };
const DAILY: Rhythm = { every: "daily", weekday: "sunday", hour: 3 };

describe("a rhythm", () => {
  // 2026-01-04 is a Sunday.
  it.each([
    [WEEKLY, "2026-01-04T02:59:59", "2025-12-28T03:00", "2026-01-04T03:00"],
    [WEEKLY, "2026-01-04T03:00:00", "2026-01-04T03:00", "2026-01-11T03:00"],
    [WEEKLY, "2026-01-07T12:00:00", "2026-01-04T03:00", "2026-01-11T03:00"],
    [WEEKLY, "2026-01-10T23:59:59", "2026-01-04T03:00", "2026-01-11T03:00"],
    [DAILY, "2026-01-04T02:59:59", "2026-01-03T03:00", "2026-01-04T03:00"],
    [DAILY, "2026-01-04T03:00:00", "2026-01-04T03:00", "2026-01-05T03:00"],
  ])("%j is due around %s at %s and %s", (rhythm, now, latest, next) => {
    expect(latestDueMs(rhythm, at(now))).toBe(at(latest));
    expect(nextDueMs(rhythm, at(now))).toBe(at(next));
  });

  it("that is off is never due", () => {
    expect(latestDueMs({ ...DAILY, every: "off" }, 0)).toBeUndefined();
    expect(nextDueMs({ ...DAILY, every: "off" }, 0)).toBeUndefined();
  });

  it("has nothing between the latest and the next moment, whenever it is asked", () => {
    const rhythms = fc.record({
      every: fc.constantFrom("daily" as const, "weekly" as const),
      weekday: fc.constantFrom(...WEEKDAYS),
      hour: fc.integer({ min: 0, max: 23 }),
    });
    const moments = fc.integer({ min: at("2025-01-01"), max: at("2035-01-01") });
    fc.assert(
      fc.property(rhythms, moments, (rhythm, now) => {
        const latest = latestDueMs(rhythm, now) ?? NaN;
        const next = nextDueMs(rhythm, now) ?? NaN;
        expect(latest).toBeLessThanOrEqual(now);
        expect(next).toBeGreaterThan(now);
        expect(nextDueMs(rhythm, latest)).toBe(next);
        expect(latestDueMs(rhythm, next)).toBe(next);
      }),
    );
  });
});
