import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../../test/helpers/app-error.ts";
import { BLANK_COUNT_MAX } from "../../base/index.ts";
import { fillBlanks, findBlanks } from "./blanks.ts";

const find = (text: string, length?: 1 | "auto") => findBlanks({ text, topK: 5, length });

describe("findBlanks", () => {
  it("takes [MASK] as one token and ___ and [BLANK] as words", () => {
    expect(find("画龙点[MASK]，订单没___，[BLANK]了")).toEqual([
      { start: 3, end: 9, open: false },
      { start: 13, end: 16, open: true },
      { start: 17, end: 24, open: true },
    ]);
  });

  it("lets length decide for every blank", () => {
    expect(find("a[MASK]b___", "auto").map(({ open }) => open)).toEqual([true, true]);
    expect(find("a[MASK]b___", 1).map(({ open }) => open)).toEqual([false, false]);
  });

  it("takes a run of underscores as one blank, a single one as text", () => {
    expect(find("一______二＿＿三")).toHaveLength(2);
    expect(appErrorOf(() => find("snake_case")).code).toBe("no_blank");
  });

  it("says how to mark a blank when there is none", () => {
    const error = appErrorOf(() => find("没有空"));
    expect(error.code).toBe("no_blank");
    expect(error.message).toContain("[MASK]");
  });

  it("refuses more blanks than can be filled together", () => {
    const error = appErrorOf(() => find("[MASK]".repeat(BLANK_COUNT_MAX + 1)));
    expect(error.message).toContain(String(BLANK_COUNT_MAX + 1));
  });
});

describe("fillBlanks", () => {
  it("leaves everything but the blanks as it was", () => {
    const text = " 春风又绿江南[MASK]，\t明月___照我还。";
    expect(fillBlanks(text, find(text), ["岸", "何时"])).toBe(
      " 春风又绿江南岸，\t明月何时照我还。",
    );
  });
});
