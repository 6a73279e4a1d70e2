import { describe, expect, it } from "vitest";
import { fillBlanks, findBlanks } from "../../tasks/fill-mask/index.ts";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { clozeOf } from "./cloze.ts";
import { CONTINUES_WORD, documentCount } from "./shard.ts";
import { shardOfTexts } from "./text-shard.ts";

describe("clozeOf", () => {
  it("asks for one word of each document, which put back gives the document", () => {
    const documents = ["今天天气很好。", "我们一起去公园玩吧！", "123，…", "abc def"];
    const samples = clozeOf(documents, 7);
    expect(samples).toHaveLength(3);
    for (const sample of samples) {
      const blanks = findBlanks({ ...sample, topK: 1 });
      expect(blanks).toHaveLength(1);
      expect(documents).toContain(fillBlanks(sample.text, blanks, sample.answers));
    }
    expect(clozeOf(documents, 7)).toEqual(samples);
  });

  it("leaves only its own blank in a text that has some", () => {
    const [sample] = clozeOf(["填空____和[MASK]练习"], 1);
    expect(findBlanks({ ...sample!, topK: 1 })).toHaveLength(1);
  });

  it("keeps long documents short", () => {
    const [sample] = clozeOf(["天气".repeat(2000)], 1);
    expect(sample!.text.length).toBeLessThan(250);
  });
});

describe("shardOfTexts", () => {
  const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const tokenizer = tokenizerFromVocabulary([...special, ...Array.from("今天气很好")]);

  it("flags tokens that continue a word and leaves out empty documents", () => {
    const shard = shardOfTexts("text", ["今天很好", "", "天气"], tokenizer);
    expect(documentCount(shard)).toBe(2);
    expect(Array.from(shard.offsets)).toEqual([0, 4, 6]);
    expect(Array.from(shard.tokens, (token) => (token & CONTINUES_WORD) !== 0)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });

  it("refuses text without anything in it", () => {
    expect(() => shardOfTexts("text", ["", " "], tokenizer)).toThrow(/nothing to learn from/);
  });
});
