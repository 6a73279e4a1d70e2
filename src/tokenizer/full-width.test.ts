import { describe, expect, it } from "vitest";
import { withKnownWidths } from "./full-width.ts";
import { tokenizerFromVocabulary } from "./tokenizer.ts";

const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const of = (...tokens: string[]) =>
  withKnownWidths(tokenizerFromVocabulary([...SPECIAL, ...tokens]));

describe("withKnownWidths", () => {
  it("reads full-width letters, digits and signs as the ASCII that the vocabulary knows", () => {
    const tokenizer = of("第", "a", "1", "##1", "&");
    expect(tokenizer.tokens("第Ａ１＆ａ")).toEqual(["第", "a", "##1", "&", "a"]);
    expect(tokenizer.encode("第Ａ１＆ａ")).toEqual(tokenizer.encode("第A1&a"));
  });

  it("leaves those alone that are tokens of their own, in either case", () => {
    const tokenizer = of("a", "ａ", "１", "1", "，", ",", "［", "[");
    expect(tokenizer.tokens("Ａ")).toEqual(["ａ"]);
    expect(tokenizer.tokens("１，［")).toEqual(["１", "，", "［"]);
  });

  it("leaves unknown what the vocabulary has in neither width", () => {
    expect(of("a").tokens("Ｂ")).toEqual(["[UNK]"]);
  });

  it("makes no mask of brackets that were typed wide", () => {
    const tokenizer = of("m", "##a", "##s", "##k", "[", "]");
    expect(tokenizer.encode("［ＭＡＳＫ］[MASK]").filter((id) => id === 4)).toHaveLength(1);
    expect(tokenizer.encode("[ＭＡＳＫ]")).not.toContain(4);
  });
});
