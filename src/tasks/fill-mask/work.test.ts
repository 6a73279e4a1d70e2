import { describe, expect, it } from "vitest";
import type { FillInput } from "./types.ts";
import { workOf } from "./work.ts";

const work = (text: string, more: Partial<FillInput> = {}, window?: number): number =>
  workOf({ text, topK: 5, ...more }, window);

describe("the work of a text", () => {
  it("is its length, read once, where one token is missing", () => {
    expect(work("画龙点[MASK]。")).toBe(5 + 2);
    expect(work("没有空")).toBe(5);
  });

  it("is many times that where a word is wanted, however its blank is marked", () => {
    const marked = ["画龙点___。", "画龙点__。", "画龙点＿＿。", "画龙点[BLANK]。"];
    const [first = 0, ...others] = marked.map((text) => work(text));
    expect(first).toBeGreaterThan(40 * work("画龙点[MASK]。"));
    expect(new Set(others)).toEqual(new Set([first]));
    expect(work("画龙点[MASK]。", { length: "auto" })).toBe(first);
    expect(work("画龙点___。", { length: 1 })).toBe(work("画龙点[MASK]。"));
    expect(work("画龙点___。", { words: "any" })).toBeGreaterThan(1.3 * first);
  });

  it("counts that each of several blanks is judged up to three times", () => {
    expect(work("[MASK]，[MASK]")).toBe(4 * 5);
    const [one, four] = [work("一是___"), work("一是___，二是___，三是___，四是___")];
    expect(four).toBeGreaterThan(3 * 4 * one * 0.8);
  });

  it("is bounded by the longest row that the model is shown", () => {
    const text = `${"风".repeat(900)}[MASK]`;
    expect([work(text, {}, 64), work(text)]).toEqual([64, 320]);
  });

  it("counts words to choose among by the longest of them", () => {
    const few = work("做事要___。", { targets: ["坚持不懈", "一心"] });
    expect(few).toBeLessThan(work("做事要___。") / 4);
    expect(work("做事要[MASK]。", { targets: ["坚持不懈"] })).toBe(few);
    const short = { targets: ["稳", "快"] };
    expect(work("做事要[MASK]。", short)).toBe(2 * work("做事要[MASK]。"));
    expect(work("做事要[MASK]。", { ...short, length: 1 })).toBe(work("做事要[MASK]。"));
  });

  it("counts a word in Latin letters among those to choose from as one token", () => {
    const text = `It was ${"very ".repeat(17)}[MASK].`;
    const targets = ["positive", "négative"];
    expect(work(text, { targets })).toBe(2 * work(text));
    expect(work("It was ___.", { targets })).toBe(2 * (10 + 2));
    expect(work("他用[MASK]。", { targets: ["iPhone手机"] })).toBe(2 * 3 * (5 + 2));
  });

  it("counts no blank as open that may hold one token only", () => {
    const targets = ["坚持不懈", "稳"];
    expect(work("做事要___。", { targets, length: 1 })).toBe(work("做事要[MASK]。"));
  });
});
