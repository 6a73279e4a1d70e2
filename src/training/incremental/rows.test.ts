import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { drawRows, sampleForms } from "./rows.ts";

const text = "昨天下单的洗衣机还没___，请帮忙查一下什么时候到。";
const letters = [...new Set(`${text.replace("___", "")}发货生效`)];
const tokenizer = tokenizerFromVocabulary([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK]".split(" "),
  ...letters,
]);

const sample = { text, answers: ["发货"], rejected: [] };
const { accepted } = sampleForms(sample, { tokenizer, tokensMax: 64 });
const word = accepted[0]!;

describe("the forms of a word", () => {
  it("show its first tokens in turn, so that the rest is learned from them", () => {
    const { whole, begun } = word;
    expect(begun).toHaveLength(1);
    expect(whole.targets).toHaveLength(2);
    expect(begun[0]!.targets).toEqual(whole.targets.slice(1));
  });
});

describe("the forms of a plain ✗", () => {
  const formsOf = (answers: string[], rejected: string[]) =>
    sampleForms({ text, answers, rejected }, { tokenizer, tokensMax: 64 });
  const unwantedIn = (answers: string[], rejected: string[]) =>
    formsOf(answers, rejected).rejected.map(({ whole }) =>
      whole.targets.map(({ label, wanted, unwanted }) => {
        expect([wanted, unwanted]).toEqual([0, 0.5]);
        return tokenizer.tokenOf(label);
      }),
    );

  it("have each token of the word unwanted where it would stand, all of it hidden", () => {
    const { accepted: right, rejected } = formsOf([], ["发货"]);
    expect([right, rejected.length]).toEqual([[], 1]);
    const { whole, views, begun } = rejected[0]!;
    expect([whole.ids, views, begun]).toEqual([word.whole.ids, [], []]);
    expect(whole.targets.map(({ column }) => column)).toEqual(
      word.whole.targets.map(({ column }) => column),
    );
    expect(unwantedIn([], ["发货", "生效"])).toEqual([
      ["发", "货"],
      ["生", "效"],
    ]);
  });

  it("spare no token that a right word shares, once one is known", () => {
    expect(unwantedIn(["发生"], ["发货"])).toEqual([["货"]]);
    expect(unwantedIn([], ["发货"])).toEqual([["发", "货"]]);
  });

  it("are none of words that the vocabulary lacks, nor beside such answers", () => {
    expect(formsOf([], ["龘"])).toEqual({ accepted: [], rejected: [] });
    expect(formsOf(["龘"], ["发货"])).toEqual({ accepted: [], rejected: [] });
  });
});

describe("a pass", () => {
  it("draws views most often, and each kind of form sometimes", () => {
    const views = Array.from({ length: 8 }, () => ({ ...word.whole }));
    const viewed = { ...word, views };
    const random = createRandom(1);
    const drawn = Array.from({ length: 1000 }, () => drawRows([viewed], random)[0]!);
    const count = (of: readonly unknown[]): number =>
      drawn.filter((row) => of.includes(row)).length;
    expect(count(views)).toBeGreaterThan(500);
    expect(count(word.begun)).toBeGreaterThan(150);
    expect(count([word.whole])).toBeGreaterThan(150);
  });

  it("draws the whole word where there is nothing else", () => {
    const { whole } = word;
    expect(drawRows([{ whole, views: [], begun: [] }], createRandom(1))).toEqual([whole]);
  });
});
