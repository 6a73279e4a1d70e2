import { describe, expect, it } from "vitest";
import { tokenizerFromVocabulary } from "./tokenizer.ts";
import { buildVocabulary, countText, createTextCounts, type TextCounts } from "./vocabulary.ts";

/** Special tokens, ASCII without capitals, letters and digits that continue a word. */
const SMALLEST = 5 + (94 - 26) + 36;

function countsOf(...texts: string[]): TextCounts {
  const counts = createTextCounts();
  for (const text of texts) countText(counts, text);
  return counts;
}

describe("counting text", () => {
  it("counts Han characters alone and other words whole, lower-cased and without accents", () => {
    const { characters, words } = countsOf("春风Café，春 x2", "ab\tcd");
    expect(Object.fromEntries(characters)).toEqual({ 春: 2, 风: 1, "，": 1 });
    expect(Object.fromEntries(words)).toEqual({ cafe: 1, x2: 1, ab: 1, cd: 1 });
  });

  it("counts a text of weight 3 three times", () => {
    const counts = createTextCounts();
    countText(counts, "春 ab", 3);
    expect([counts.characters.get("春"), counts.words.get("ab")]).toEqual([3, 3]);
  });
});

describe("a built vocabulary", () => {
  it("begins with the special tokens, of which [PAD] is 0", () => {
    const vocabulary = buildVocabulary({ counts: countsOf("春"), size: 200 });
    expect(vocabulary.slice(0, 5)).toEqual(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
  });

  it("prefers frequent characters and orders them by count", () => {
    const counts = countsOf("的的的春春风".repeat(2), "岸");
    const han = buildVocabulary({ counts, size: SMALLEST + 3, latinPieces: 0 }).slice(-3);
    expect(han).toEqual(["的", "春", "风"]);
  });

  it("holds required characters however rare they are", () => {
    const counts = countsOf("的的的春春风");
    const options = { counts, size: SMALLEST + 2, latinPieces: 0, required: "龘" };
    expect(buildVocabulary(options).slice(-2)).toEqual(["的", "龘"]);
  });

  it("is refused when the required characters do not fit", () => {
    const options = { counts: countsOf("的"), size: 20, required: "龘" };
    expect(() => buildVocabulary(options)).toThrow(/20 tokens cannot hold the 1 required/);
  });

  it("learns pieces of frequent Latin words", () => {
    const counts = countsOf("model modern model code ".repeat(20));
    const vocabulary = buildVocabulary({ counts, size: 200, latinPieces: 8 });
    const tokenizer = tokenizerFromVocabulary(vocabulary);
    expect(tokenizer.tokens("model").length).toBeLessThan(3);
    expect(tokenizer.tokens("zebra")).toEqual(["z", "##e", "##b", "##r", "##a"]);
  });

  it("takes in frequent letters outside ASCII and leaves pictographs out", () => {
    const vocabulary = buildVocabulary({ counts: countsOf("10℃ 🐞 ".repeat(60)), size: 200 });
    expect(vocabulary).toContain("##℃");
    expect(vocabulary).not.toContain("🐞");
  });

  it("is the same whatever the order of the texts", () => {
    const build = (...texts: string[]): string[] =>
      buildVocabulary({ counts: countsOf(...texts), size: 200 });
    expect(build("春风", "明月 ab ab")).toEqual(build("明月 ab ab", "春风"));
  });
});
