import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../../test/helpers/app-error.ts";
import { parseSamples } from "./sample.ts";

const good = '{"text":"订单一直没___","answer":"生效"}';

describe("parseSamples", () => {
  it("reads answers from both fields once each and skips empty lines", () => {
    const line = '{"text":"a___","answer":"x","answers":["y","x"],"rejected":["z"],"domain":"d"}';
    expect(parseSamples([good, "", line])).toMatchObject([
      { text: "订单一直没___", answers: ["生效"], rejected: [] },
      { answers: ["x", "y"], rejected: ["z"], domain: "d" },
    ]);
  });

  it("reads rejected words alone where they are learned, and not where they are asked", () => {
    const line = '{"text":"a___","rejected":["z"]}';
    const learned = parseSamples([line], { isAnswerOptional: true });
    expect(learned).toMatchObject([{ answers: [], rejected: ["z"] }]);
    const error = appErrorOf(() => parseSamples([line]));
    expect(error.message).toContain("can be learned, but not asked");
    const empty = appErrorOf(() => parseSamples(['{"text":"a___"}'], { isAnswerOptional: true }));
    expect(empty.message).toBe("row 1: answer is missing");
  });

  it.each([
    ["not JSON", "{"],
    ["not an object", "[1]"],
    ["no answer", '{"text":"a___"}'],
    ["rejected words alone", '{"text":"a___","rejected":["x"]}'],
    ["an empty answer", '{"text":"a___","answer":""}'],
    ["an unknown field", '{"text":"a___","answer":"x","anwser":"x"}'],
    ["a list with a number", '{"text":"a___","answer":"x","targets":[1]}'],
    ["a review that is neither", '{"text":"a___","answer":"x","reviewed":"yes"}'],
    ["a wrong length", '{"text":"a___","answer":"x","length":2}'],
  ])("refuses %s and names the row", (_, line) => {
    const error = appErrorOf(() => parseSamples([good, line]));
    expect(error.code).toBe("bad_row");
    expect(error.message).toMatch(/^row 2: /);
    expect(error.details).toEqual({ row: 2 });
  });
});
