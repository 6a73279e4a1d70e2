import { expect, it } from "vitest";
import { holdsAnyOf } from "./asked.ts";

it("finds a question in a longer document, whatever its punctuation, and no other", () => {
  const holds = holdsAnyOf(["现在几点了？", "对不起，我迟到了。", "亡羊补牢", ""]);
  expect(holds("现在 几点了?差一刻八点。")).toBe(true);
  expect(holds("他说：“对不起!我迟到了”")).toBe(true);
  expect(holds("晚了？亡羊补牢。")).toBe(true);
  expect(holds("现在几点？对不起，我没迟到。")).toBe(false);
  expect(holds("")).toBe(false);
});
