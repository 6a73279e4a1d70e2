import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenizerFromVocabulary } from "./tokenizer.ts";
import { createWordEncoder, words } from "./words.ts";

const { vocabulary, texts } = JSON.parse(
  readFileSync(new URL("../../test/fixtures/tokenizer/bert.json", import.meta.url), "utf8"),
) as { vocabulary: string[]; texts: string[] };
const tokenizer = tokenizerFromVocabulary(vocabulary);
const idioms = new Set(["画龙点睛"]);

describe("words", () => {
  it("are those of the Chinese segmenter", () => {
    expect(words("今天天气不错")).toEqual(["今天", "天气", "不错"]);
  });

  it("join into an entry of the lexicon", () => {
    expect(words("这是画龙点睛之笔")).not.toContain("画龙点睛");
    expect(words("这是画龙点睛之笔", idioms)).toContain("画龙点睛");
  });

  it("keep special tokens whole", () => {
    expect(words("画龙[MASK]睛", idioms)).toEqual(["画", "龙", "[MASK]", "睛"]);
  });

  it("make up the text again", () => {
    fc.assert(fc.property(text(), (value) => words(value, idioms).join("") === value));
  });
});

describe("the word encoder", () => {
  const encoder = createWordEncoder(tokenizer, idioms);

  it("gives the tokenizer's ids on every fixture text", () => {
    const plain = texts.map((value) => tokenizer.encode(value, { specialTokens: false }));
    expect(texts.map((value) => encoder.encode(value).ids)).toEqual(plain);
  });

  it("gives the tokenizer's ids on any text", () => {
    fc.assert(
      fc.property(text(), (value) => {
        const ids = tokenizer.encode(value, { specialTokens: false });
        expect(encoder.encode(value).ids).toEqual(ids);
      }),
    );
  });

  it.each(BLANKS.split(""))("gives the tokenizer's ids around the blank %j", (blank) => {
    const value = `③${blank}r，${blank}今${blank}`;
    const ids = tokenizer.encode(value, { specialTokens: false });
    expect(encoder.encode(value).ids).toEqual(ids);
  });

  it("marks the tokens that continue a word", () => {
    const { continues } = encoder.encode("training，今天画龙点睛");
    expect(continues).toEqual([false, true, false, false, true, false, true, true, true]);
  });
});

/** What is dropped, what counts as a space and what only looks like one. */
const BLANKS = "\v\f\x00\x1c\x85\u00a0\u200b\u2028\u2029\u3000\ufeff";

/** Texts of what the fixture texts are made of, so that boundaries of all kinds meet. */
function text(): fc.Arbitrary<string> {
  const pieces = [...(texts.map((value) => value.slice(0, 60)).join("") + BLANKS)];
  return fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((parts) => parts.join(""));
}
