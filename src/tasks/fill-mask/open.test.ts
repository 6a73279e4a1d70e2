import { describe, expect, it } from "vitest";
import { bertTokenizerJson } from "../../tokenizer/index.ts";
import { openTokenizer } from "./open.ts";

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
