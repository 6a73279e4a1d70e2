import { describe, expect, it } from "vitest";
import type { Prediction } from "../registry/index.ts";
import { closestQuestions } from "./questions.ts";

/** A prediction whose id is its text, with the scores of two words per blank. */
function prediction(text: string, ...blanks: readonly (readonly number[])[]): Prediction {
  return {
    id: `of ${text}`,
    model: "starter-cloze",
    version: "1",
    text,
    blanks: blanks.map((scores) => scores.map((score, i) => ({ text: "甲乙丙"[i]!, score }))),
    user: undefined,
    createdMs: 0,
  };
}
const asked = (predictions: readonly Prediction[], count = 10) =>
  closestQuestions(predictions, count).map(({ predictionId, blank }) => [predictionId, blank]);

describe("closestQuestions", () => {
  it("asks where the two best words are closest, and no more than is wanted", () => {
    const sure = prediction("sure", [0.9, 0.05]);
    const torn = prediction("torn", [0.41, 0.4, 0.1]);
    const low = prediction("low", [0.1, 0.05]);
    expect(asked([sure, torn, low])).toEqual([
      ["of torn", 0],
      ["of low", 0],
      ["of sure", 0],
    ]);
    expect(asked([sure, torn, low], 1)).toEqual([["of torn", 0]]);
    expect(closestQuestions([torn], 1)).toMatchObject([{ margin: expect.closeTo(0.01) as number }]);
  });

  it("asks the closest blank of a text, and each text once", () => {
    const twice = prediction("text", [0.5, 0.1], [0.5, 0.45]);
    expect(asked([prediction("text", [0.5, 0.2], [0.5, 0.3]), twice])).toEqual([["of text", 1]]);
  });

  it("asks nothing where there was no choice", () => {
    expect(asked([prediction("one", [0.5]), prediction("none", [])])).toEqual([]);
  });
});
