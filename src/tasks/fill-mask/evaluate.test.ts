import { describe, expect, it } from "vitest";
import { createStubFiller } from "../../../test/helpers/stub-filler.ts";
import { answerSamples } from "./evaluate.ts";
import { parseSamples } from "./sample.ts";
import type { Filler } from "./types.ts";

/** Answers with the targets of a sample in their order, and reads letters of both cases alike. */
const filler: Filler = { ...createStubFiller(), asRead: (word) => word.toLowerCase() };

const answered = (sample: object) => answerSamples(filler, parseSamples([JSON.stringify(sample)]));

describe("answerSamples", () => {
  it("compares words as the model reads them, and gives a right one as the sample has it", async () => {
    const asked = { text: "下载我们的___", targets: ["app", "APP"] };
    expect(await answered({ ...asked, answer: "APP" })).toMatchObject([
      { rank: 1, confidence: 0.5, answer: "APP" },
    ]);
  });

  it("gives a wrong word as the model has it", async () => {
    expect(await answered({ text: "春[MASK]", answer: "花" })).toMatchObject([
      { rank: 3, answer: "岸" },
    ]);
    expect(await answered({ text: "春[MASK]", answer: "无" })).toMatchObject([
      { rank: undefined, answer: "岸" },
    ]);
  });
});
