import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../../test/helpers/app-error.ts";
import type { SampleInFile } from "../../tasks/fill-mask/index.ts";
import { byAnswer, withoutUnanswered } from "./answered.ts";

const right = (row: number): SampleInFile => {
  return { row, text: `${row}没___`, answers: ["到"], rejected: [] };
};
const wrong = (row: number): SampleInFile => ({ ...right(row), answers: [], rejected: ["发"] });

describe("samples without a right word", () => {
  it("are told from the others, in their order", () => {
    const { answered, unanswered } = byAnswer([wrong(1), right(2), wrong(3), right(4)]);
    expect(answered).toEqual([right(2), right(4)]);
    expect(unanswered).toEqual([wrong(1), wrong(3)]);
  });

  it("are refused where there are no others to measure with", () => {
    const error = appErrorOf(() => byAnswer([wrong(1), wrong(2)]));
    expect([error.code, error.message]).toEqual([
      "invalid_input",
      expect.stringMatching(/^none of the 2 samples has a right word/),
    ]);
  });

  it("are left out by a recipe that cannot learn them, which says so", () => {
    const notes: unknown[] = [];
    const control = { onProgress: (note: object): number => notes.push(note) };
    expect(withoutUnanswered([right(1), wrong(2)], "full", control)).toEqual([right(1)]);
    expect(notes).toEqual([
      {
        phase: "note",
        text:
          "1 of 2 samples are left out, since they have no right word and the recipe full learns " +
          "no others: rows 2",
      },
    ]);
    withoutUnanswered([right(1)], "full", control);
    expect(notes).toHaveLength(1);
  });
});
