import { expect, it } from "vitest";
import { measureLatency } from "./latency.ts";
import type { Filler } from "./types.ts";

it("tells the time of single fills, those that warm a session up left out", async () => {
  let nowMs = 0;
  const asked: string[] = [];
  const filler = (name: string, timeMs: (call: number) => number): Filler => {
    let calls = 0;
    return {
      precision: "fp32",
      asRead: (word) => word,
      fill: async () => {
        asked.push(name);
        nowMs += timeMs(calls++);
        return [{ blanks: [] }];
      },
      [Symbol.dispose]: () => {},
    };
  };
  // The 20 calls that count take 1, 2, … 20 ms.
  const growing = filler("a", (call) => (call < 12 ? 1000 : call - 11));
  const steady = filler("b", (call) => (call < 12 ? 1000 : 2.345));
  const latencies = await measureLatency([growing, steady], { monotonicMs: () => nowMs });
  expect(latencies).toEqual([
    { p50Ms: 10, p95Ms: 19 },
    { p50Ms: 2.35, p95Ms: 2.35 },
  ]);
  expect(asked.slice(-2)).toEqual(["a", "b"]);
  expect(asked).toHaveLength(64);
});
