import { describe, expect, it } from "vitest";
import { replyOf, requestOf } from "./exchange.ts";

describe("requestOf", () => {
  it("always says how long words may be, and writes markers as the server reads them", () => {
    expect(requestOf({ text: "画龙点[mask]", length: "auto", targets: [] })).toEqual({
      text: "画龙点[MASK]",
      topK: 9,
      length: "auto",
    });
  });

  it("asks for shorter lists when there are several blanks", () => {
    expect(requestOf({ text: "___和___", length: 1, targets: ["天", "地"] })).toEqual({
      text: "___和___",
      topK: 6,
      length: 1,
      targets: ["天", "地"],
    });
  });
});

describe("replyOf", () => {
  const candidates = [{ text: "月", score: 0.9, sequence: "明月" }];
  const prediction = { predictionId: "p", model: "m", version: "2", candidates };

  it("reads one blank", () => {
    expect(replyOf(prediction)).toEqual({
      predictionId: "p",
      model: "m",
      version: "2",
      blanks: [{ index: 0, candidates: [{ text: "月", score: 0.9 }] }],
    });
  });

  it("reads several blanks", () => {
    const several = { ...prediction, blanks: [{ candidates }, { candidates: [] }] };
    expect(replyOf(several).blanks.map((blank) => blank.candidates.length)).toEqual([1, 0]);
  });
});
