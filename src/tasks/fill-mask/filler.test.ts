import { describe, expect, it } from "vitest";
import type { Scorer } from "../../models/index.ts";
import {
  createTokenizer,
  tokenizerFromVocabulary,
  withKnownWidths,
} from "../../tokenizer/index.ts";
import { appErrorOf } from "../../../test/helpers/app-error.ts";
import { createFiller, type FillerParts } from "./filler.ts";
import { createLexicon } from "./lexicon.ts";

const CHARACTERS = Array.from("订单没生效发货的了。1a改点");
const SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const VOCABULARY = [...SPECIAL, ...CHARACTERS, "##a", "10", "app"];
const tokenizer = withKnownWidths(tokenizerFromVocabulary(VOCABULARY));
const MASK = tokenizer.special.mask;
const idOf = (token: string): number => tokenizer.idOf(token) ?? -1;

/**
 * Believes that a blank of two holds 生效 (or 发货 after 的), a blank of one 了, or a after 1; and
 * that what comes after 改 is 10点 or app.
 */
function fakeScorer(calls: number[] = [], believed = logitsAt): Scorer {
  return {
    vocabularySize: VOCABULARY.length,
    sequenceMax: 16,
    score: (rows, positions) => {
      calls.push(rows.length);
      const logits: number[] = [];
      for (const [i, row] of rows.entries()) {
        for (const column of positions[i] ?? []) logits.push(...believed(row, column));
      }
      return Promise.resolve(Float32Array.from(logits));
    },
    [Symbol.dispose]: () => {},
  };
}

function logitsAt(row: readonly number[], column: number): number[] {
  const logits = VOCABULARY.map(() => 0);
  const before = row[column - 1];
  const like = (token: string, logit: number): void => {
    logits[idOf(token)] = logit;
  };
  if (before === idOf("生")) like("效", 6);
  else if (before === idOf("发")) like("货", 6);
  else if (before === idOf("10")) like("点", 6);
  else if (before === idOf("改")) like(row[column + 1] === MASK ? "10" : "app", 6);
  else if (before === idOf("1") && row[column + 1] !== MASK) {
    like("##a", 6);
    like("a", 5);
  } else if (row[column + 1] === MASK) {
    like("生", 4);
    if (row.includes(idOf("的"))) like("发", 5);
  } else if (before === MASK) {
    like("效", 4);
    like("货", 4);
  } else like("了", 1);
  return logits;
}

const WORDS = ["生效", "发货", "生货", "的", "了", "10点", "APP"];

function partsOver(scorer: Scorer): FillerParts {
  return {
    scorer,
    tokenizer,
    lexicon: () => createLexicon(WORDS, tokenizer),
    lengths: { bias: [0, 0, 0, 0], peakWeight: 1, massWeight: 0 },
    temperature: 1,
    windowTokens: 16,
    choiceWindows: [16],
  };
}

const open = (calls?: number[]) => createFiller(partsOver(fakeScorer(calls)));

const first = async (text: string, more: object = {}) => {
  const [output] = await open().fill([{ text, topK: 3, ...more }]);
  return output?.blanks[0]?.candidates ?? [];
};

describe("createFiller", () => {
  it("fills [MASK] with one token and says its id", async () => {
    const [best] = await first("订单没生效[MASK]。");
    expect(best).toMatchObject({ text: "了", sequence: "订单没生效了。", tokenId: idOf("了") });
  });

  it("fills ___ with a word, its tokens chosen by the chain rule", async () => {
    const candidates = await first("订单没___");
    expect(candidates[0]).toMatchObject({ text: "生效", sequence: "订单没生效" });
    expect(candidates[0]?.tokenId).toBeUndefined();
    // 生货 has the same independent score, but 货 does not follow 生.
    expect(candidates.findIndex(({ text }) => text === "生货")).not.toBe(1);
  });

  it("fills ___ with words of digits and Latin letters, written as they were learned", async () => {
    const candidates = await first("订单改___");
    expect(candidates.slice(0, 2)).toMatchObject([
      { text: "APP", sequence: "订单改APP", tokenId: idOf("app") },
      { text: "10点", sequence: "订单改10点" },
    ]);
  });

  it("fills ___ with words that no list has when asked to", async () => {
    const next = new Map([
      [idOf("改"), "点"],
      [idOf("点"), "单"],
    ]);
    const scorer = fakeScorer([], (row, column) => {
      const likely = next.get(row[column - 1] ?? -1);
      return VOCABULARY.map((token) => (token === likely ? 6 : 0));
    });
    const filler = createFiller(partsOver(scorer));
    const ask = async (words?: "known" | "any") => {
      const [output] = await filler.fill([{ text: "订单改___", topK: 5, words }]);
      return output?.blanks[0]?.candidates.map(({ text }) => text);
    };
    expect((await ask("any"))?.slice(0, 2)).toEqual(["点", "点单"]);
    expect(await ask("known")).not.toContain("点单");
    expect(await ask()).toEqual(await ask("known"));
  });

  it("reads words alike that have the same tokens, and unknown ones as themselves", () => {
    const { asRead } = open();
    expect(asRead("APP")).toBe(asRead("app"));
    expect(asRead("Ａ")).toBe(asRead("a"));
    expect(asRead("发货")).not.toBe(asRead("生货"));
    expect(asRead("龘")).not.toBe(asRead("靐"));
  });

  it("gives the text back as it was typed, wide letters and digits too", async () => {
    const [best] = await first("Ａ１订单　没生效[MASK]。");
    expect(best?.sequence).toBe("Ａ１订单　没生效了。");
    const [narrow] = await first("A1订单 没生效[MASK]。");
    expect(best?.score).toBe(narrow?.score);
  });

  it("joins a piece that continues a word, and says what it is in the vocabulary", async () => {
    const [piece, word] = await first("没1[MASK]。");
    const sequence = "没1a。";
    expect(piece).toMatchObject({ text: "a", sequence, tokenId: idOf("##a"), token: "##a" });
    expect(word).toMatchObject({ text: "a", sequence, tokenId: idOf("a") });
    expect(word).not.toHaveProperty("token");
  });

  it("counts tokens that read alike as one candidate", async () => {
    const texts = (await first("没1[MASK]。", { topK: 2 })).map(({ text }) => text);
    expect(texts).toHaveLength(3);
    expect(new Set(texts).size).toBe(2);
  });

  it("shows a literal ## where that does not mark pieces", async () => {
    const vocab = Object.fromEntries([...SPECIAL, "a", "###"].map((token, id) => [token, id]));
    const bytes = { type: "ByteLevel", add_prefix_space: false };
    const bpe = createTokenizer({
      added_tokens: SPECIAL.map((content, id) => ({ id, content, special: true })),
      normalizer: null,
      pre_tokenizer: bytes,
      post_processor: null,
      decoder: bytes,
      model: { type: "BPE", vocab, merges: [] },
    });
    const scores = Object.keys(vocab).map((token) => (token === "###" ? 1 : 0));
    const score = () => Promise.resolve(Float32Array.from(scores));
    const scorer = { ...fakeScorer(), vocabularySize: scores.length, score };
    const [output] = await createFiller({ ...partsOver(scorer), tokenizer: bpe }).fill([
      { text: "a[MASK]", topK: 1 },
    ]);
    expect(output?.blanks[0]?.candidates).toMatchObject([{ text: "###", sequence: "a###" }]);
    expect(output?.blanks[0]?.candidates[0]).not.toHaveProperty("token");
  });

  it("offers words for a lone [MASK] when asked to", async () => {
    expect((await first("订单没[MASK]", { length: "auto" }))[0]?.text).toBe("生效");
  });

  it.each([
    ["没___", "生效", "发货"],
    ["没[MASK]", "生效", "发货"],
    ["没___", "了", "的"],
    ["没[MASK]", "了", "的"],
  ])("chooses for %s among %s and %s with scores that add up to 1", async (text, ...targets) => {
    const candidates = await first(text, { targets: targets.toReversed() });
    expect(candidates.map((word) => word.text)).toEqual(targets);
    expect(candidates.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);
  });

  it("weighs targets against each other alike, whatever else may be chosen", async () => {
    const odds = async (...targets: string[]) => {
      const candidates = await first("没[MASK]", { targets });
      const scoreOf = (text: string) => candidates.find((word) => word.text === text)?.score ?? 0;
      return scoreOf("了") / scoreOf("的");
    };
    expect(await odds("了", "的")).toBeGreaterThan(1);
    expect(await odds("了", "的", "发货")).toBeCloseTo(await odds("了", "的"), 6);
  });

  it("gives targets the probabilities of their tokens where tokens are asked for", async () => {
    const [all] = await first("没[MASK]");
    const [only] = await first("没[MASK]", { targets: ["了"], length: 1 });
    expect(all).toMatchObject({ text: "了", tokenId: idOf("了") });
    expect(only).toEqual(all);
  });

  it("gives targets that the vocabulary lacks no score, since it cannot tell them apart", async () => {
    const scores = async (text: string, ...targets: string[]) =>
      (await first(text, { targets })).map((word) => [word.text, word.score]);
    expect(await scores("没___", "龘货", "生效", "龘龘")).toEqual([
      ["生效", expect.closeTo(1, 6)],
      ["龘货", 0],
      ["龘龘", 0],
    ]);
    expect((await scores("没[MASK]", "龘", "了"))[1]).toEqual(["龘", 0]);
    expect(await scores("没[MASK]", "龘")).toEqual([["龘", 0]]);
  });

  it.each(["[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "没[MASK]"])(
    "refuses the target %s, which is no word",
    async (target) => {
      for (const text of ["没[MASK]", "没___"]) {
        const asked = first(text, { targets: ["了", target] });
        await expect(asked).rejects.toMatchObject({
          code: "invalid_input",
          message: expect.stringContaining(`target "${target}"`) as string,
        });
      }
    },
  );

  it("refuses a target of two tokens in a blank of one", async () => {
    await expect(first("没[MASK]", { targets: ["发货"], length: 1 })).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining('use length "auto"') as string,
      details: { target: "发货", tokens: 2 },
    });
  });

  it("puts the best answers of the other blanks into each sequence", async () => {
    const [output] = await open().fill([{ text: "订单没___，___的", topK: 1 }]);
    const [a, b] = output?.blanks ?? [];
    expect(a?.candidates[0]?.sequence).toBe(b?.candidates[0]?.sequence);
  });

  it("judges a blank once more when all others are filled", async () => {
    // The first blank is the surest, of 生; with 货 in the second it is surer still, of 发.
    const likely = (row: readonly number[], column: number): readonly [string, number] => {
      if (row[column - 1] === idOf("没")) return ["货", 3];
      return row.includes(idOf("货")) ? ["发", 8] : ["生", 6];
    };
    const scorer = fakeScorer([], (row, column) => {
      const [word, logit] = likely(row, column);
      return VOCABULARY.map((token) => (token === word ? logit : 0));
    });
    const input = { text: "订[MASK]没[MASK]。", topK: 1 };
    const [output] = await createFiller(partsOver(scorer)).fill([input]);
    const sequence = "订发没货。";
    expect(output?.blanks).toMatchObject([
      { candidates: [{ text: "发", sequence }] },
      { candidates: [{ text: "货", sequence }] },
    ]);
  });

  it("answers texts of one call in shared passes", async () => {
    const calls: number[] = [];
    const input = { text: "订单没___", topK: 1 };
    await open(calls).fill([input, input, input]);
    const alone: number[] = [];
    await open(alone).fill([input]);
    expect(calls).toHaveLength(alone.length);
    expect(calls[0]).toBe(3 * (alone[0] ?? 0));
  });

  it("shows only a window of a long text to the model", async () => {
    const long = `${"订".repeat(300)}没___${"单".repeat(300)}`;
    expect((await first(long))[0]?.text).toBe("生效");
  });

  it("takes 2,000 characters, whatever room they need, and says how many were too many", async () => {
    const text = `${"𠮷".repeat(1994)}[MASK]`;
    expect(await first(text)).toHaveLength(3);
    await expect(first(`𠮷${text}`)).rejects.toMatchObject({
      code: "text_too_long",
      message: expect.stringContaining("has 2001 characters; at most 2000") as string,
    });
  });

  it("names the text that is wrong, and answers none", async () => {
    const filler = open();
    const call = filler.fill([
      { text: "订[MASK]", topK: 1 },
      { text: "没有空", topK: 1 },
    ]);
    const error = await call.catch((reason: unknown) => reason);
    expect(
      appErrorOf(() => {
        throw error;
      }),
    ).toMatchObject({ code: "no_blank" });
    expect((error as { details?: object }).details).toMatchObject({ text: 1 });
  });
});
