import { describe, expect, it } from "vitest";
import { NO_WISH, readWish } from "./release-wish.ts";

describe("the wish for a release", () => {
  const read = (fields: Partial<typeof NO_WISH>) => readWish({ ...NO_WISH, ...fields });

  it("leaves everything to the settings when nothing was typed", () => {
    expect(read({ steps: "  ", seconds: " " })).toEqual({ wish: {} });
  });

  it("takes what was typed, also with signs of a Chinese keyboard", () => {
    const wish = { steps: [5, 20, 62.5], intervalSeconds: 60, shadow: true };
    expect(read({ steps: "5,20,62.5", seconds: "60", shadow: true })).toEqual({ wish });
    expect(read({ steps: "5％，２0、62.5%,", seconds: " ６０ ", shadow: true })).toEqual({ wish });
    expect(read({ seconds: "0" })).toEqual({ wish: { intervalSeconds: 0 } });
  });

  it.each(["20,5", "5,5", "0,5", "5,101", "-5", "five", "5;x", "1e1", "5..6"])(
    "does not guess what steps %j mean",
    (steps) => {
      expect(read({ steps })).toEqual({ problem: "steps" });
    },
  );

  it.each(["-1", "a minute", "604801", "1 2"])("does not guess how long %j is", (seconds) => {
    expect(read({ seconds })).toEqual({ problem: "seconds" });
  });
});
