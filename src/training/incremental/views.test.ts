import { describe, expect, it } from "vitest";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { sampleForms, type TuningRow } from "./rows.ts";
import { withViews, type ViewOptions } from "./views.ts";

const text = "昨天下单的洗衣机还没___，请帮忙查一下什么时候到。";
const letters = [...new Set(`${text.replace("___", "")}发货生效会员今卡早晨`)];
const tokenizer = tokenizerFromVocabulary([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK]".split(" "),
  ...letters,
]);
const { mask } = tokenizer.special;
const OTHERS = [tokenizer.encode("今早晨会员卡今早晨会员卡", { specialTokens: false })];

function wholeOf(sentence: string, answer: string): TuningRow {
  const sample = { text: sentence, answers: [answer], rejected: [] };
  return sampleForms(sample, { tokenizer, tokensMax: 64 }).accepted[0]!.whole;
}

const whole = wholeOf(text, "发货");

function viewsOf(viewCount: number, options: Partial<ViewOptions> = {}): readonly TuningRow[] {
  const forms = { accepted: [{ whole, views: [], begun: [] }], rejected: [] };
  const all = {
    viewCount,
    maskId: mask,
    indifferent: new Set<number>(),
    others: OTHERS,
    templates: { moved: () => undefined },
  };
  return withViews(forms, { ...all, ...options }).accepted[0]!.views;
}

/** In how many of the views the token at each column is neither hidden nor exchanged, 0..1. */
function shownShares(views: readonly TuningRow[]): number[] {
  return whole.ids.map((id, column) => {
    return views.filter(({ ids }) => ids[column] === id).length / views.length;
  });
}

const columns = whole.targets.map(({ column }) => column);
const context = whole.ids.flatMap((_, column) => {
  return column === 0 || column === whole.ids.length - 1 || columns.includes(column)
    ? []
    : [column];
});

describe("views", () => {
  it("hide context, and neither what is asked nor the marks at both ends", () => {
    const views = viewsOf(16);
    expect(views).toHaveLength(16);
    for (const { ids, targets } of views) {
      expect(targets).toEqual(whole.targets);
      ids.forEach((id, column) => expect([whole.ids[column], mask]).toContain(id));
      expect([ids[0], ids.at(-1)]).toEqual([whole.ids[0], whole.ids.at(-1)]);
    }
  });

  it("hide about half of the context over many views, and not the same in each", () => {
    const views = viewsOf(400);
    const shown = shownShares(views);
    const share = context.reduce((sum, column) => sum + shown[column]!, 0) / context.length;
    expect(share).toBeGreaterThan(0.45);
    expect(share).toBeLessThan(0.6);
    expect(new Set(views.map(({ ids }) => ids.join())).size).toBeGreaterThan(300);
  });

  it("exchange indifferent words beside the blank for words of other texts, and no others", () => {
    const near = columns[0]! - 1;
    const indifferent = new Set([whole.ids[near]!]);
    const views = viewsOf(400, { indifferent });
    const foreign = new Set(OTHERS[0]);
    const exchanged = (column: number): number =>
      views.filter(({ ids }) => foreign.has(ids[column]!)).length;
    expect(exchanged(near)).toBeGreaterThan(200);
    for (const column of context) if (column !== near) expect(exchanged(column)).toBe(0);
    expect(viewsOf(50, { indifferent, others: [] }).flatMap(({ ids }) => ids)).not.toContain(
      OTHERS[0]![0],
    );
  });

  it("hide words that tell answers apart less often than others", () => {
    const telling = whole.ids[6]!;
    const indifferent = new Set(whole.ids.filter((id) => id !== telling));
    const shown = shownShares(viewsOf(600, { indifferent, others: [] }));
    expect(shown[6]).toBeGreaterThan(shown[7]! + 0.05);
  });

  it("stand in the template of another sample half of the time", () => {
    const other = wholeOf("洗衣机什么时候___。", "发货");
    const views = viewsOf(400, { templates: { moved: () => other } });
    const moved = views.filter(({ ids }) => ids.length === other.ids.length);
    expect(moved.length).toBeGreaterThan(150);
    expect(moved.length).toBeLessThan(250);
    for (const { ids, targets } of moved) {
      expect(targets).toEqual(other.targets);
      ids.forEach((id, column) => expect([other.ids[column], mask]).toContain(id));
    }
  });

  it("are the same whenever they are asked for", () => {
    expect(viewsOf(4)).toEqual(viewsOf(4));
  });
});
