import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { armFor } from "./route.ts";

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe("the arm for a key", () => {
  it("never goes back from canary to stable while the share grows", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), share, share, (salt, key, one, other) => {
        const [small, large] = [Math.min(one, other), Math.max(one, other)];
        if (armFor(salt, small, key) === "canary") {
          expect(armFor(salt, large, key)).toBe("canary");
        }
      }),
    );
  });

  it("is stable at a share of 0 and canary at 1, for everybody", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (salt, key) => {
        expect([armFor(salt, 0, key), armFor(salt, 1, key)]).toEqual(["stable", "canary"]);
      }),
    );
  });

  it("gives the canary its share of many users, within four standard deviations", () => {
    const users = 20_000;
    for (const wanted of [0.01, 0.05, 0.2, 0.5]) {
      const got = Array.from({ length: users }, (_, i) => armFor("release", wanted, `user ${i}`));
      const canary = got.filter((arm) => arm === "canary").length;
      const deviation = Math.sqrt(users * wanted * (1 - wanted));
      expect(Math.abs(canary - users * wanted)).toBeLessThan(4 * deviation);
    }
  });

  it("chooses other users for another release", () => {
    const both = Array.from({ length: 2000 }, (_, i) =>
      ["a", "b"].every((salt) => armFor(salt, 0.1, `user ${i}`) === "canary"),
    );
    // About 20 of 2,000 by chance, 200 if it chose the same.
    expect(both.filter(Boolean).length).toBeLessThan(60);
  });
});
