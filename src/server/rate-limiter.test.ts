import { expect, it } from "vitest";
import { addressGroupOf } from "./address-group.ts";
import { RateLimiter } from "./rate-limiter.ts";

function limiterAt(perMinute: number): { limiter: RateLimiter; pass: (ms: number) => void } {
  let nowMs = 0;
  const limiter = new RateLimiter(perMinute, { monotonicMs: () => nowMs });
  return { limiter, pass: (ms) => void (nowMs += ms) };
}

it("lets a minute's worth through at once, then one whenever its time has come", () => {
  const { limiter, pass } = limiterAt(60);
  for (let i = 0; i < 60; i++) expect(limiter.take("a")).toBe(0);
  expect(limiter.take("a")).toBe(1);
  pass(999);
  expect(limiter.take("a")).toBe(1);
  pass(1);
  expect(limiter.take("a")).toBe(0);
  expect(limiter.take("a")).toBe(1);
});

it("says how many seconds to wait, and keeps to it", () => {
  const { limiter, pass } = limiterAt(2);
  expect([limiter.take("a"), limiter.take("a"), limiter.take("a")]).toEqual([0, 0, 30]);
  pass(30_000);
  expect(limiter.take("a")).toBe(0);
});

it("never gathers more than a minute's worth", () => {
  const { limiter, pass } = limiterAt(2);
  limiter.take("a");
  pass(3_600_000);
  expect([limiter.take("a"), limiter.take("a"), limiter.take("a")]).toEqual([0, 0, 30]);
});

it("forgets the caller that asked longest ago when there are very many", () => {
  const { limiter } = limiterAt(1);
  limiter.take("first");
  for (let i = 0; i < 9999; i++) limiter.take(`${i}`);
  expect(limiter.take("first")).toBeGreaterThan(0);
  for (let i = 0; i < 20_000; i++) limiter.take(`again ${i}`);
  expect(limiter.take("first")).toBe(0);
});

it("has no limit at 0", () => {
  const { limiter } = limiterAt(0);
  for (let i = 0; i < 1000; i++) expect(limiter.take("a")).toBe(0);
});

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:0DB8:0001:0002::9", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["::1", "0:0:0:0"],
])("takes %s for %s, as one caller", (address, group) => {
  expect(addressGroupOf(address)).toBe(group);
});
