import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { drawRows, sampleForms, type WordForms } from "./rows.ts";

const text = "昨天下单的洗衣机还没___，请帮忙查一下什么时候到。";
const letters = [...new Set(`${text.replace("___", "")}发货生效`)];
const tokenizer = tokenizerFromVocabulary([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK]".split(" "),
  ...letters,
]);
const { mask } = tokenizer.special;

function forms(viewCount: number): WordForms {
  const sample = { text, answers: ["发货"], rejected: [] };
  const { accepted } = sampleForms(sample, { tokenizer, tokensMax: 64, viewCount });
  return accepted[0]!;
}

describe("the forms of a word", () => {
  it("show its first tokens in turn, so that the rest is learned from them", () => {
    const { whole, begun } = forms(0);
    expect(begun).toHaveLength(1);
    expect(whole.targets).toHaveLength(2);
    expect(begun[0]!.targets).toEqual(whole.targets.slice(1));
  });

  it("hide context in each view, and neither what is asked nor the marks at both ends", () => {
    const { whole, views } = forms(16);
    expect(views).toHaveLength(16);
    for (const { ids, targets } of views) {
      expect(targets).toEqual(whole.targets);
      ids.forEach((id, column) => expect([whole.ids[column], mask]).toContain(id));
      expect([ids[0], ids.at(-1)]).toEqual([whole.ids[0], whole.ids.at(-1)]);
    }
  });

  it("hide about half of the context over many views, and not the same in each", () => {
    const { whole, views } = forms(400);
    const context = whole.ids.length - 2 - whole.targets.length;
    const hidden = views.map(
      ({ ids }) => ids.filter((id) => id === mask).length - whole.targets.length,
    );
    const share = hidden.reduce((sum, count) => sum + count, 0) / (context * views.length);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.55);
    expect(new Set(views.map(({ ids }) => ids.join())).size).toBeGreaterThan(300);
  });

  it("have the same views whenever they are asked for", () => {
    expect(forms(4)).toEqual(forms(4));
  });
});

describe("a pass", () => {
  it("draws views most often, and each kind of form sometimes", () => {
    const word = forms(8);
    const random = createRandom(1);
    const drawn = Array.from({ length: 1000 }, () => drawRows([word], random)[0]!);
    const count = (of: readonly unknown[]): number =>
      drawn.filter((row) => of.includes(row)).length;
    expect(count(word.views)).toBeGreaterThan(500);
    expect(count(word.begun)).toBeGreaterThan(150);
    expect(count([word.whole])).toBeGreaterThan(150);
  });

  it("draws the whole word where there is nothing else", () => {
    const { whole } = forms(0);
    expect(drawRows([{ whole, views: [], begun: [] }], createRandom(1))).toEqual([whole]);
  });
});
