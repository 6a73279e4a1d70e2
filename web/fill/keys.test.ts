import { describe, expect, it } from "vitest";
import { actionOf } from "./keys.ts";

describe("actionOf", () => {
  it("moves the choice and stops at the last candidate", () => {
    expect(actionOf("ArrowDown", 0, 3)).toEqual({ kind: "choose", index: 1 });
    expect(actionOf("ArrowDown", 2, 3)).toEqual({ kind: "choose", index: 2 });
    expect(actionOf("ArrowUp", 2, 3)).toEqual({ kind: "choose", index: 1 });
  });

  it("goes back to the sentence from the first candidate", () => {
    expect(actionOf("ArrowUp", 0, 3)).toEqual({ kind: "leave" });
  });

  it("chooses by rank, where there is such a rank", () => {
    expect(actionOf("3", 0, 3)).toEqual({ kind: "choose", index: 2 });
    expect(actionOf("4", 0, 3)).toBeUndefined();
    expect(actionOf("0", 0, 3)).toBeUndefined();
  });

  it("judges the chosen candidate with plus and minus", () => {
    expect(actionOf("+", 1, 3)).toEqual({ kind: "judge", verdict: "accept" });
    expect(actionOf("-", 1, 3)).toEqual({ kind: "judge", verdict: "reject" });
  });

  it("leaves other keys to the browser", () => {
    expect(actionOf("Tab", 0, 3)).toBeUndefined();
  });
});
