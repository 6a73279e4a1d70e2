import { expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import { cleanRows, notesOnBlocked } from "./clean-rows.ts";

/** Blocks what has a number in it. */
function clean({ text }: { readonly text: string }): string {
  if (/\d/.test(text)) throw new AppError("scrub_failed", "still there");
  return text.toUpperCase();
}
const rows = (...texts: readonly string[]) => texts.map((text, i) => ({ row: i + 2, text }));

it("leaves out the rows that cannot be freed of personal data, and names them", async () => {
  const { cleaned, blocked } = await cleanRows(rows("a", "b1", "c", "d2"), clean);
  expect(cleaned.map(({ line }) => line)).toEqual(["A", undefined, "C", undefined]);
  expect(blocked).toEqual([3, 5]);
  expect(notesOnBlocked(blocked)).toEqual([
    "2 samples are left out for personal data that cannot be replaced: rows 3, 5",
  ]);
  expect(notesOnBlocked([])).toEqual([]);
});

it("is refused when nothing is left, and passes on what is no refusal", async () => {
  await expect(cleanRows(rows("1", "2"), clean)).rejects.toMatchObject({ code: "scrub_failed" });
  const broken = (): never => {
    throw new RangeError("a bug");
  };
  await expect(cleanRows(rows("a"), broken)).rejects.toThrow(RangeError);
});
