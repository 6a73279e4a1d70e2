import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canHoldOut, holdOut } from "./hold-out.ts";

describe("holdOut", () => {
  const split = (items: readonly string[], seed = 1) =>
    holdOut(items, { keyOf: (item) => item, seed, what: "samples" });

  it("sets a fifth aside, the same for the same seed", () => {
    const items = Array.from({ length: 100 }, (_, i) => `sentence ${i}`);
    const { training, heldOut } = split(items);
    expect([training.length, heldOut.length]).toEqual([80, 20]);
    expect(split(items)).toEqual({ training, heldOut });
    expect(split(items, 2).heldOut).not.toEqual(heldOut);
  });

  it("keeps everything once, in order, equal items on one side, neither side empty", () => {
    const items = fc.array(fc.integer({ min: 0, max: 30 }).map(String), { minLength: 1 });
    fc.assert(
      fc.property(items, fc.integer(), (list, seed) => {
        fc.pre(new Set(list).size >= 5);
        const { training, heldOut } = split(list, seed);
        const isHeldOut = new Set(heldOut);
        expect(training).toEqual(list.filter((item) => !isHeldOut.has(item)));
        expect(heldOut).toEqual(list.filter((item) => isHeldOut.has(item)));
        expect(Math.min(training.length, heldOut.length)).toBeGreaterThan(0);
      }),
    );
  });

  it("holds out at most a thousand", () => {
    const items = Array.from({ length: 8000 }, (_, i) => String(i));
    expect(split(items).heldOut).toHaveLength(1000);
  });

  it("refuses fewer than five different items", () => {
    expect(canHoldOut(["a", "b", "c", "d", "d"], (item) => item)).toBe(false);
    expect(canHoldOut(["a", "b", "c", "d", "e"], (item) => item)).toBe(true);
    expect(() => split(["a", "b", "c", "d", "d", "d"])).toThrow(/4 different samples; at least 5/);
  });
});
