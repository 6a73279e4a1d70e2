import { expect, it } from "vitest";
import { describeReason, readReleaseReason } from "./release-reason.ts";

it("says what a gate found, and whether it is proven", () => {
  const found = { code: "latency", value: 0.1234, limit: 0.05 } as const;
  const sentence = "12.3 % of the canary's answers took longer than its p95 limit, not 5 %";
  expect(describeReason({ ...found, isProven: true })).toBe(sentence);
  expect(describeReason({ ...found, isProven: false })).toBe(
    `${sentence}, though it is not proven`,
  );
  expect(describeReason({ code: "memory", value: 1.62, limit: 1.5, isProven: true })).toBe(
    "the canary takes 162 % of the stable version's memory, over 150 %",
  );
});

it("is read back only where this program knows it", () => {
  const passed = { code: "passed", count: 20 } as const;
  expect(readReleaseReason(JSON.parse(JSON.stringify(passed)))).toEqual(passed);
  for (const stored of [{ code: "blue" }, { code: "passed" }, "passed", null, undefined]) {
    expect(readReleaseReason(stored)).toBeUndefined();
  }
});

it("says how often the breaker saw a canary fail", () => {
  const why = { code: "failing", failed: 9, requests: 40, allowed: 0.005 } as const;
  expect(describeReason(why)).toBe(
    "9 of 40 requests to the canary failed within a minute, more than 0.5 % and than the " +
      "stable version's",
  );
});
