import { describe, expect, it } from "vitest";
import { bertTokenizerJson, tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { UNFITTED_LENGTHS } from "./length-model.ts";
import { openTokenizer, withWords } from "./open.ts";

const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "第", "1", "a", "页"];

describe("openTokenizer", () => {
  it.each([
    ["vocab.txt", { vocabulary: VOCABULARY }],
    ["tokenizer.json", { tokenizerJson: bertTokenizerJson(VOCABULARY) }],
  ])("reads full-width letters and digits as those that %s has", (_name, files) => {
    const tokenizer = openTokenizer(files);
    expect(tokenizer.encode("第１页Ａ")).toEqual(tokenizer.encode("第1页A"));
    expect(tokenizer.encode("第１页Ａ")).not.toContain(tokenizer.special.unk);
  });

  it("says what is missing", () => {
    expect(() => openTokenizer({})).toThrow(/neither tokenizer.json nor vocab.txt/);
  });
});

describe("withWords", () => {
  const tokenizer = tokenizerFromVocabulary([...VOCABULARY, "app", "10", "##0", "龘"]);
  const settings = { lengths: UNFITTED_LENGTHS, windowTokens: 64 };
  const wordsOf = (...words: string[]) => withWords(settings, words, tokenizer).words;

  it("keeps words of up to four tokens, however many characters they have", () => {
    expect(wordsOf("第10页", "龘龘", "10000")).toEqual(["10000", "第10页", "龘龘"]);
  });

  it("drops what cannot fill a blank, and what is offered without it", () => {
    expect(wordsOf("第一页", "第第第第页", "app", "a", "龘", "[MASK]")).toBeUndefined();
    expect(withWords({ ...settings, words: ["第页"] }, [], tokenizer).words).toEqual(["第页"]);
  });

  it("keeps a word that the vocabulary has in another writing", () => {
    expect(wordsOf("APP", "A")).toEqual(["A", "APP"]);
  });
});
