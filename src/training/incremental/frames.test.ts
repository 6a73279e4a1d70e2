import { describe, expect, it } from "vitest";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { framed, framesByRow, indifferentTokens, inFrameOf, type FramedRow } from "./frames.ts";
import { sampleForms, type TuningRow } from "./rows.ts";

const FRAMES = ["昨天的#___", "#还没___呢", "请帮忙查#何时___", "我的#明天___吗"];
const GOODS = { 发货: ["洗衣机", "单"], 生效: ["会员", "卡"] };
const letters = [
  ...new Set([...FRAMES, ...Object.keys(GOODS), ...Object.values(GOODS).flat()].join("")),
];
const VOCABULARY = [..."[PAD] [UNK] [CLS] [SEP] [MASK]".split(" "), ...letters, "很", "好"];
const tokenizer = tokenizerFromVocabulary(VOCABULARY);
const tokensOf = (words: string): number[] => tokenizer.encode(words, { specialTokens: false });

function rowOf(text: string, answer: string): TuningRow {
  const sample = { text, answers: [answer], rejected: [] };
  return sampleForms(sample, { tokenizer, tokensMax: 64 }).accepted[0]!.whole;
}

const read = ({ ids }: TuningRow): string =>
  ids
    .slice(1, -1)
    .map((id) => VOCABULARY[id]!.replace("[MASK]", "_"))
    .join("");

const rows = Object.entries(GOODS).flatMap(([answer, names]) =>
  names.flatMap((name) => FRAMES.map((frame) => rowOf(frame.replace("#", name), answer))),
);
const indifferent = indifferentTokens(rows);
const framedRow = (text: string, answer = "发货"): FramedRow =>
  framed(rowOf(text, answer), indifferent)!;

describe("indifferent tokens", () => {
  it("are those of the frames, not those that come with one answer", () => {
    for (const id of tokensOf("昨天的还没请帮忙查")) expect(indifferent.has(id)).toBe(true);
    for (const id of tokensOf("洗衣机单会员卡")) expect(indifferent.has(id)).toBe(false);
  });

  it("are none where all samples have one answer, which nothing can tell apart", () => {
    expect(indifferentTokens(rows.slice(0, 8)).size).toBe(0);
  });

  it("are not told by three sentences, one of which may be wrong", () => {
    const [single] = tokensOf("单");
    const without = rows.filter(({ ids }) => !ids.includes(single!));
    const few = [rowOf("昨天的单___", "发货"), rowOf("单还没___呢", "发货")];
    const wrong = rowOf("我的单明天___吗", "生效");
    expect(indifferentTokens([...without, ...few, wrong]).has(single!)).toBe(false);
  });
});

describe("a row in its frame", () => {
  it("is the tokens that tell, and what stands around them", () => {
    const { from, to } = framedRow("请帮忙查洗衣机何时___");
    expect([from, to]).toEqual([5, 8]);
    expect(framedRow("洗衣机还没___呢")).toMatchObject({ from: 1, to: 4 });
  });

  it("has parts with one indifferent token in them, but none in several places", () => {
    expect(framedRow("昨天的洗的机___")).toMatchObject({ from: 4, to: 7 });
    expect(framed(rowOf("洗衣机昨天的___单", "发货"), indifferent)).toBeUndefined();
    expect(framed(rowOf("单___单", "发货"), indifferent)).toBeUndefined();
    expect(framed(rowOf("昨天的___", "发货"), indifferent)).toBeUndefined();
  });

  it("takes its part and its question into another frame, before and after the blank", () => {
    const before = framedRow("昨天的洗衣机___");
    const after = framedRow("昨天___会员");
    expect(read(inFrameOf(after, before))).toBe("昨天__洗衣机");
    const moved = inFrameOf(before, after);
    expect(read(moved)).toBe("昨天的会员__");
    expect(moved.targets.map(({ column }) => column)).toEqual([6, 7]);
    expect(moved.targets.map(({ label }) => label)).toEqual(tokensOf("发货"));
  });

  it("brings as many tokens to be found as its own answer has", () => {
    const { ids, targets } = inFrameOf(framedRow("昨天的单___"), framedRow("会员___呢", "好"));
    expect(read({ ids, targets })).toBe("昨天的会员_");
    expect(targets).toEqual([{ column: 6, label: tokensOf("好")[0], wanted: 1, unwanted: 0 }]);
  });
});

describe("frames by row", () => {
  const framesOf = (texts: readonly string[], of: number): string[] => {
    const all = texts.map((text) => framedRow(text));
    const frames = framesByRow(all).get(all[of]!.row) ?? [];
    return frames.map((frame) => read(inFrameOf(frame, all[of]!)));
  };

  it("are those of all parts that share one of its own", () => {
    const texts = ["昨天的单___", "昨天的会员___", "会员还没___呢", "请帮忙查卡何时___"];
    expect(framesOf(texts, 0)).toEqual(["昨天的单__", "单还没__呢"]);
    expect(framesOf(texts, 3)).toEqual(["请帮忙查卡何时__"]);
  });

  it("are each there once", () => {
    expect(framesOf(["昨天的单___", "昨天的会员___", "昨天的卡___"], 1)).toHaveLength(1);
  });
});
