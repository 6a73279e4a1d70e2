import { describe, expect, it } from "vitest";
import { CheckpointTimer } from "./checkpoint-timer.ts";

describe("CheckpointTimer", () => {
  const timerWith = (writeMs: number) => {
    const state = { nowMs: 0, writes: 0 };
    const clock = { nowMs: () => state.nowMs, monotonicMs: () => state.nowMs };
    const timer = new CheckpointTimer(clock, () => {
      state.writes++;
      state.nowMs += writeMs;
    });
    return { timer, state };
  };

  it("writes every minute", () => {
    const { timer, state } = timerWith(100);
    for (; state.nowMs < 600_000; state.nowMs += 1000) timer.saveIfDue();
    expect(state.writes).toBe(9);
  });

  it("writes less often when writing takes long: a twentieth of the time at most", () => {
    const { timer, state } = timerWith(10_000);
    for (; state.nowMs < 2_200_000; state.nowMs += 1000) timer.saveIfDue();
    expect(state.writes).toBeLessThanOrEqual(11);
    expect(state.writes).toBeGreaterThan(8);
  });
});
