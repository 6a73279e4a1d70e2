import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AppError } from "../base/index.ts";
import { bertOptionsFromConfig, bertTokenizerJson } from "./bert-json.ts";
import { createTokenizer, tokenizerFromVocabulary } from "./tokenizer.ts";

interface Fixture {
  vocabulary: string[];
  texts: string[];
  cases: { config: Record<string, boolean>; ids: number[][] }[];
}

const fixture = JSON.parse(
  readFileSync(new URL("../../test/fixtures/tokenizer/bert.json", import.meta.url), "utf8"),
) as Fixture;
const tokenizer = tokenizerFromVocabulary(fixture.vocabulary);

describe("a tokenizer made from a vocabulary", () => {
  it.each(fixture.cases)("cuts as BertTokenizerFast does with $config", ({ config, ids }) => {
    const own = tokenizerFromVocabulary(fixture.vocabulary, bertOptionsFromConfig(config));
    expect(fixture.texts.map((text) => own.encode(text))).toEqual(ids);
  });

  it("lets tokenizer_config.json win over tokenizer.json, as transformers does", () => {
    const json = bertTokenizerJson(fixture.vocabulary, { lowerCase: true });
    for (const { config, ids } of fixture.cases) {
      const own = createTokenizer(json, config);
      expect(fixture.texts.map((text) => own.encode(text))).toEqual(ids);
    }
  });

  it("finds [MASK] inside text", () => {
    const { cls, mask, sep } = tokenizer.special;
    expect(tokenizer.encode("[MASK]点[MASK]")).toEqual([
      cls,
      mask,
      tokenizer.idOf("点"),
      mask,
      sep,
    ]);
  });

  it("leaves [CLS] and [SEP] out on request", () => {
    expect(tokenizer.encode("春风", { specialTokens: false })).toHaveLength(2);
    expect(tokenizer.tokens("春风")).toEqual(["春", "风"]);
  });

  it("decodes Han text without spaces and Latin words with them", () => {
    const ids = tokenizer.encode("今天气，the fox training [MASK] 不错。");
    expect(tokenizer.decode(ids)).toBe("今天气，the fox training 不错。");
  });

  it("knows tokens by id and ids by token", () => {
    const id = tokenizer.idOf("##ing") ?? -1;
    expect(tokenizer.tokenOf(id)).toBe("##ing");
    expect(tokenizer.idOf("absent")).toBeUndefined();
    expect(tokenizer.vocabularySize).toBe(fixture.vocabulary.length);
  });

  it("names the range when an id is outside it", () => {
    expect(() => tokenizer.tokenOf(99_999)).toThrow(/99999 .* 0 to \d+/);
  });

  it("treats object property names as ordinary tokens", () => {
    const own = tokenizerFromVocabulary([...fixture.vocabulary, "constructor", "__proto__"]);
    expect(own.tokens("constructor")).toEqual(["constructor"]);
    expect(own.tokenOf(own.vocabularySize - 1)).toBe("__proto__");
  });
});

describe("a damaged tokenizer", () => {
  const codeOf = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
    return "none";
  };

  it.each([null, "text", [], {}, { model: {} }, { model: { type: "WordPiece" } }])(
    "is refused with a code: %j",
    (json) => expect(codeOf(() => createTokenizer(json))).toBe("damaged_file"),
  );

  it("is refused when a special token is missing", () => {
    const vocabulary = fixture.vocabulary.filter((token) => token !== "[MASK]");
    expect(() => tokenizerFromVocabulary(vocabulary)).toThrow(/\[MASK\]/);
  });

  it("is refused when a token occurs twice, with both lines", () => {
    expect(() => tokenizerFromVocabulary([...fixture.vocabulary, "[PAD]"])).toThrow(/lines 1 and/);
  });
});
