import { expect, test } from "vitest";
import { bareClauses, bareText } from "./bare-text.ts";

test("texts that differ in spaces, punctuation, width and case are the same", () => {
  expect(bareText("  他说：“Ａ股 涨了 5％！” ")).toBe(bareText("他说a股涨了5%"));
  expect(bareText("天空是蓝的")).not.toBe(bareText("天空是灰的"));
});

test("clauses are what stands between punctuation", () => {
  expect(bareClauses("老师说：画龙点")).toEqual(["老师说", "画龙点"]);
  expect(bareClauses("，大家叫好。")).toEqual(["", "大家叫好", ""]);
  expect(bareClauses("")).toEqual([""]);
});
