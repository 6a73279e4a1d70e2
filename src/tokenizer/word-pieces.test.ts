import { describe, expect, it } from "vitest";
import { learnWordPieces } from "./word-pieces.ts";

describe("learning word pieces", () => {
  it("merges the most frequent pair first and marks continuations", () => {
    const words = new Map([
      ["low", 50],
      ["slow", 40],
    ]);
    expect(learnWordPieces(words, 3)).toEqual(["##ow", "low", "##low"]);
  });

  it("stops when nothing is left to merge", () => {
    expect(learnWordPieces(new Map([["ab", 9]]), 10)).toEqual(["ab"]);
  });

  it("ignores words that are rare", () => {
    expect(learnWordPieces(new Map([["ab", 2]]), 10)).toEqual([]);
  });

  it("merges repeated letters from the left", () => {
    expect(learnWordPieces(new Map([["aaaa", 9]]), 2)).toEqual(["##aa", "##aaa"]);
  });
});
