import { describe, expect, it } from "vitest";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { createLexicon } from "./lexicon.ts";

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const VOCABULARY = [
  ...SPECIAL,
  ...Array.from("订单生效点手机"),
  "1",
  "0",
  "10",
  "app",
  "5",
  "##g",
  "-",
];
const tokenizer = tokenizerFromVocabulary(VOCABULARY);

/** The words of each table as their tokens. */
function tablesOf(...words: string[]): string[][] {
  return createLexicon(words, tokenizer).tables.map(({ length, ids }) =>
    Array.from({ length: ids.length / length }, (_, word) =>
      Array.from(ids.subarray(word * length, (word + 1) * length), (id) =>
        tokenizer.tokenOf(id),
      ).join(" "),
    ),
  );
}

describe("createLexicon", () => {
  it("has Chinese words by their characters, without those that the vocabulary lacks", () => {
    expect(tablesOf("订单", "生", "生效", "订龘", "")).toEqual([
      ["生"],
      ["订 单", "生 效"],
      [],
      [],
    ]);
  });

  it("cuts words with digits and Latin letters as the tokenizer does, which training asks", () => {
    expect(tablesOf("10点", "5G手机", "APP")).toEqual([["app"], ["10 点"], [], ["5 ##g 手 机"]]);
    const ids = tokenizer.encode("10点", { specialTokens: false });
    expect([...(createLexicon(["10点"], tokenizer).tables[1]?.ids ?? [])]).toEqual(ids);
  });

  it("leaves out words of more than four tokens, unknown ones and the model's signs", () => {
    expect(tablesOf("10-10-10", "9点", "[MASK]", "订[SEP]").flat()).toEqual([]);
  });

  it("knows how a word is written whose tokens do not tell, and has it once", () => {
    const { tables, spellings } = createLexicon(["APP", "app", "订单"], tokenizer);
    expect([...spellings.values()]).toEqual(["APP"]);
    expect(tables.map(({ ids }) => ids.length)).toEqual([1, 2, 0, 0]);
  });
});
