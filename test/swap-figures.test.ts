// How the figures of bench/swap.ts are made.

import { describe, expect, it } from "vitest";
import type { Seen } from "../bench/harness/open-loop.ts";
import { figuresOf, type Swap, type WholeRelease } from "../bench/harness/swap-figures.ts";

const SWAP: Swap = {
  firstMs: 300,
  quietFromMs: 1000,
  loadFromMs: 3000,
  loadToMs: 5000,
  backAtMs: 5500,
};
const RELEASE: WholeRelease = { state: "promoted", backAtMs: undefined };

function answer(atMs: number, ms: number, version = "1"): Seen {
  return { status: 200, version, ms, atMs };
}

/** The stable version's answers of 10 ms, every 10 ms from `fromMs` on. */
function even(fromMs: number, toMs: number): Seen[] {
  const count = Math.floor((toMs - fromMs) / 10);
  return Array.from({ length: count }, (_, i) => answer(fromMs + i * 10, 10));
}

function figures(others: readonly Seen[], release: WholeRelease = RELEASE): Record<string, number> {
  const seen = [...even(1000, 3000), ...even(3010, 4500), ...others];
  return figuresOf(seen, { idle: [200], swaps: [SWAP], release });
}

/** As many as move the p99 of a round. */
function slow(atMs: number, ms: number): Seen[] {
  return Array.from({ length: 5 }, () => answer(atMs, ms));
}

describe("the stable version's p99 while another loads", () => {
  it("is that of before where nothing is slower", () => {
    expect(figures([])).toMatchObject({ stableP99Ratio: 1, failed: 0 });
  });

  it("has what was slow between the first answer of the new version and its running in", () => {
    expect(figures(slow(4800, 100)).stableP99Ratio).toBe(10);
  });

  it("has what was due while the other was loaded and answered after", () => {
    expect(figures(slow(6500, 2000)).stableP99Ratio).toBe(200);
  });

  it("has what was due before the command and had to wait for it", () => {
    expect(figures(slow(3400, 500)).stableP99Ratio).toBe(50);
  });

  it("has nothing of what was due after, or was answered before", () => {
    expect(figures(slow(5600, 500)).stableP99Ratio).toBe(1);
    expect(figures(slow(2990, 100)).stableP99Ratio).toBe(0.1);
  });

  it("has nothing of the new version's answers", () => {
    const others = slow(4000, 900).map((each) => ({ ...each, version: "2" }));
    expect(figures(others).stableP99Ratio).toBe(1);
  });
});

describe("a release through all steps", () => {
  it.each(["paused", "rolled-back", "failed"] as const)("that is %s is not promoted", (state) => {
    expect(figures([], { ...RELEASE, state })).toMatchObject({ promoted: 0 });
  });

  it("that was promoted is, and its way back counts as well", () => {
    const others = [answer(5600, 10, "2"), answer(9400, 10, "2")];
    expect(figures(others)).toMatchObject({ promoted: 1, switchBackMs: 100 });
    const release = { ...RELEASE, backAtMs: 9000 };
    expect(figures(others, release)).toMatchObject({ switchBackMs: 400 });
  });
});
