import { describe, expect, it } from "vitest";
import { parseSamples, type Sample } from "../../tasks/fill-mask/index.ts";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { measuringBatches, SampleBatches } from "./sample-batches.ts";
import { rowsOfSample, sentenceOf, type SampleRow } from "./sample-rows.ts";

const CHARACTERS = Array.from("订单没生效发货了。");
const VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...CHARACTERS];
const tokenizer = tokenizerFromVocabulary(VOCABULARY);
const { special } = tokenizer;

function sampleOf(value: object): Sample {
  return parseSamples([JSON.stringify(value)])[0]!;
}

function rowsOf(value: object, tokensMax = 320): SampleRow[] {
  return rowsOfSample(sampleOf(value), { tokenizer, tokensMax });
}

function textOf(ids: Iterable<number | bigint>): string {
  return Array.from(ids, (id) => tokenizer.tokenOf(Number(id))).join(" ");
}

describe("rowsOfSample", () => {
  it("gives the blank as many masks as the answer has tokens", () => {
    const [row] = rowsOf({ text: "订单没___。", answer: "生效" });
    expect(textOf(row!.ids)).toBe("[CLS] 订 单 没 [MASK] [MASK] 。 [SEP]");
    expect([row!.column, textOf(row!.answer), row!.weight]).toEqual([4, "生 效", 1]);
  });

  it("spreads a sample over its answers, of whatever length", () => {
    const rows = rowsOf({ text: "订单没[MASK]。", answers: ["生效", "发", "发货了"] });
    expect(rows.map(({ answer }) => answer.length)).toEqual([2, 1, 3]);
    expect(rows.map(({ weight }) => weight)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it("leaves out answers that the vocabulary lacks", () => {
    expect(rowsOf({ text: "订单没___。", answers: ["龘", "生效"] })).toHaveLength(1);
    expect(rowsOf({ text: "订单没___。", answers: ["龘"] })).toEqual([]);
  });

  it("shows the text around the blank when it is long", () => {
    const [row] = rowsOf({ text: `${"订".repeat(300)}___${"单".repeat(300)}`, answer: "效" }, 21);
    expect(row!.ids).toHaveLength(21);
    expect(row!.ids[row!.column]).toBe(special.mask);
    expect(textOf(row!.ids)).toMatch(/^\[CLS\] (订 ){9}\[MASK\] (单 ){9}\[SEP\]$/);
  });

  it("shows further blanks as masks", () => {
    const [row] = rowsOf({ text: "订[MASK]没___", answer: "单" });
    expect(textOf(row!.ids)).toBe("[CLS] 订 [MASK] 没 [MASK] [MASK] [SEP]");
  });
});

describe("sentenceOf", () => {
  it("is the text with its first answer", () => {
    const sample = sampleOf({ text: "订单没___，[MASK]了", answers: ["生效", "发货"] });
    expect(sentenceOf(sample)).toBe("订单没生效，[MASK]了");
  });
});

describe("batches of samples", () => {
  const rows = [
    ...rowsOf({ text: "订单没___。", answers: ["生效", "发货"] }),
    ...rowsOf({ text: "没___。", answer: "发货了" }),
    ...rowsOf({ text: "订单[MASK]生效。", answer: "没" }),
  ];
  const limits = { special, rowsMax: 2, tokensMax: 64 };

  it("gives each masked token its share of the loss, answers of one sample together one", () => {
    const [only] = measuringBatches(rows.slice(0, 2), limits);
    const { batch, share } = only!;
    const row = "[CLS] 订 单 没 [MASK] [MASK] 。 [SEP]";
    expect(textOf(batch.inputIds)).toBe(`${row} ${row}`);
    expect(textOf(batch.labels)).toBe("生 效 发 货");
    expect(Array.from(batch.weights!)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(share).toBe(1);
  });

  it("pads shorter rows and knows what each batch is of the whole", () => {
    const [short, long] = measuringBatches(rows, limits);
    expect(textOf(short!.batch.inputIds.subarray(0, 8))).toBe(
      "[CLS] 没 [MASK] [MASK] [MASK] 。 [SEP] [PAD]",
    );
    expect(Array.from(short!.batch.attentionMask.subarray(0, 8), Number)).toEqual([
      ...Array<number>(7).fill(1),
      0,
    ]);
    expect([short!.share, long!.share]).toEqual([4 / 6, 2 / 6]);
  });

  it("shows every row once an epoch, in an order of its own each time", () => {
    const many = Array.from({ length: 40 }, (_, i) => rows[i % rows.length]!);
    const batches = new SampleBatches(many, { ...limits, seed: 1 });
    const epoch = (index: number): string[] =>
      Array.from({ length: batches.stepsPerEpoch }, (_, i) =>
        textOf(batches.next(index * batches.stepsPerEpoch + i + 1).inputIds),
      );
    expect(batches.stepsPerEpoch).toBe(20);
    expect(epoch(0)).not.toEqual(epoch(1));
    expect(epoch(0)).toEqual(epoch(0));
  });

  it("asks for all of an answer or for its end, with the beginning in place", () => {
    const batches = new SampleBatches(rows.slice(2, 3), { ...limits, seed: 1 });
    const seen = new Set(
      Array.from({ length: 40 }, (_, i) => {
        const { inputIds, positions, labels } = batches.next(i + 1);
        expect(positions).toHaveLength(labels.length);
        return textOf(inputIds);
      }),
    );
    expect([...seen].sort()).toEqual([
      "[CLS] 没 [MASK] [MASK] [MASK] 。 [SEP]",
      "[CLS] 没 发 [MASK] [MASK] 。 [SEP]",
      "[CLS] 没 发 货 [MASK] 。 [SEP]",
    ]);
  });

  it("keeps a batch within its tokens", () => {
    const batches = measuringBatches(rows, { special, rowsMax: 32, tokensMax: 16 });
    for (const { batch } of batches) expect(batch.rows * batch.length).toBeLessThanOrEqual(16);
  });
});
