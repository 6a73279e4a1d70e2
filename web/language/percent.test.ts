import { expect, it } from "vitest";
import { formatPercent } from "./percent.ts";

it("shows a probability with one decimal and its unit", () => {
  expect([1, 0.934, 0.0004, 0, 0.9999].map(formatPercent)).toEqual([
    "100.0%",
    "93.4%",
    "<0.1%",
    "0.0%",
    ">99.9%",
  ]);
});
