import { describe, expect, it } from "vitest";
import { createRandom } from "../../base/index.ts";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import { sampleForms, type TuningRow } from "./rows.ts";
import { indifferentTokens, questionOf, Templates, type TemplatesOptions } from "./templates.ts";

const PATTERNS = [
  "昨天的#___",
  "#还没___呢",
  "请帮忙查#何时___",
  "我的#明天___吗",
  "他说___了#才好",
];
const GOODS = { 发货: ["洗衣机", "单", "帽"], 生效: ["会员", "卡", "券"] };
const SPECIAL = "[PAD] [UNK] [CLS] [SEP] [MASK]".split(" ");
const used = [...PATTERNS, ...Object.keys(GOODS), ...Object.values(GOODS).flat()].join("");
const VOCABULARY = [...SPECIAL, ...new Set(`${used}春夏秋冬朝气蓬勃同心戮力`)];
const tokenizer = tokenizerFromVocabulary(VOCABULARY);
const { mask, unk } = tokenizer.special;
const unfit = new Set([mask, unk]);
const tokensOf = (text: string): number[] => tokenizer.encode(text, { specialTokens: false });

function rowOf(text: string, answer: string): TuningRow {
  const sample = { text, answers: [answer], rejected: [] };
  return sampleForms(sample, { tokenizer, tokensMax: 64 }).accepted[0]!.whole;
}

const read = ({ ids }: TuningRow): string =>
  ids
    .slice(1, -1)
    .map((id) => (id === mask ? "_" : VOCABULARY[id]))
    .join("");

/** Every thing in every pattern. */
const rows = Object.entries(GOODS).flatMap(([answer, names]) =>
  names.flatMap((name) => PATTERNS.map((pattern) => rowOf(pattern.replace("#", name), answer))),
);
const indifferent = indifferentTokens(rows, unfit);

/** What the first of the rows becomes over many draws. */
function movedTo(given: readonly TuningRow[], options: Partial<TemplatesOptions> = {}): string[] {
  const known = new Set<string>();
  const templates = new Templates(given, { indifferent, unfit, known, tokensMax: 64, ...options });
  const random = createRandom(1);
  const moved = Array.from({ length: 60 }, () => templates.moved(given[0]!, random));
  for (const row of moved) {
    const labels = row?.targets.map(({ label }) => label);
    expect([undefined, given[0]!.targets.map(({ label }) => label)]).toContainEqual(labels);
    for (const { column } of row?.targets ?? []) expect(row?.ids[column]).toBe(mask);
  }
  return [...new Set(moved.flatMap((row) => (row === undefined ? [] : [read(row)])))].toSorted();
}

describe("indifferent tokens", () => {
  it("are those of the templates, not those that come with one answer", () => {
    for (const id of tokensOf("昨天的还没请帮忙查")) expect(indifferent.has(id)).toBe(true);
    for (const id of tokensOf("洗衣机单会员卡")) expect(indifferent.has(id)).toBe(false);
  });

  it("are none where all samples have one answer, which nothing can tell apart", () => {
    expect(indifferentTokens(rows.slice(0, 8), unfit).size).toBe(0);
  });

  it("are not those that mostly come with one answer, or in three samples only", () => {
    const [single] = tokensOf("单");
    const without = rows.filter(({ ids }) => !ids.includes(single!));
    const right = PATTERNS.slice(0, 4).map((pattern) => rowOf(pattern.replace("#", "单"), "发货"));
    const wrong = rowOf("他说___了单才好", "生效");
    for (const count of [2, 4]) {
      const found = indifferentTokens([...without, ...right.slice(0, count), wrong], unfit);
      expect(found.has(single!)).toBe(false);
    }
  });

  it("count a question with several right answers once", () => {
    const both = rows.filter(({ ids }) => ids.includes(tokensOf("单")[0]!));
    const twice = both.map((row) => rowOf(read(row).replace("__", "___"), "生效"));
    expect(indifferentTokens([...rows, ...twice], unfit).has(tokensOf("单")[0]!)).toBe(false);
  });

  it("are common words where every answer is another", () => {
    const answers = Array.from("春夏秋冬朝气蓬勃同心戮力");
    const diverse = answers.map((answer, i) => rowOf(`昨天的${answers.at(i - 1)}___呢`, answer));
    const found = indifferentTokens(diverse, unfit);
    for (const id of tokensOf("昨天的呢")) expect(found.has(id)).toBe(true);
    for (const id of tokensOf("春夏")) expect(found.has(id)).toBe(false);
  });

  it("are no unknown characters and no further blanks", () => {
    const strange = rows.map(({ ids, targets }) => ({
      ids: [2, unk, mask, ...ids.slice(1)],
      targets,
    }));
    const found = indifferentTokens(strange, unfit);
    expect([found.has(unk), found.has(mask)]).toEqual([false, false]);
  });
});

describe("a moved row", () => {
  it("is asked in the templates of what shares one of its own", () => {
    const given = [
      rowOf("昨天的单___", "发货"),
      rowOf("昨天的会员___", "生效"),
      rowOf("会员还没___呢", "生效"),
      rowOf("请帮忙查卡何时___", "生效"),
    ];
    expect(movedTo(given)).toEqual(["单还没__呢", "昨天的单__"].toSorted());
    expect(movedTo([given[3]!, ...given.slice(0, 3)])).toEqual(["请帮忙查卡何时__"]);
  });

  it("goes before and behind the blank", () => {
    const given = [
      rowOf("昨天的洗衣机___", "发货"),
      rowOf("昨天的会员___", "生效"),
      rowOf("他说___了会员才好", "生效"),
    ];
    const known = new Set(given.map(questionOf));
    expect(movedTo(given, { known })).toEqual(["他说__了洗衣机才好"]);
    const back = [rowOf("他说___了单才好", "发货"), given[2]!, given[1]!];
    expect(movedTo(back, { known: new Set(back.map(questionOf)) })).toEqual(["昨天的单__"]);
  });

  it("brings as many tokens to be found as its own answer has", () => {
    const given = [
      rowOf("昨天的单___", "春"),
      rowOf("昨天的会员___", "生效"),
      rowOf("会员还没___呢", "生效"),
    ];
    const known = new Set(given.map(questionOf));
    expect(movedTo(given, { known })).toEqual(["单还没_呢"]);
  });

  it("asks nothing that is asked elsewhere, and is not too long", () => {
    const asked = rowOf("单还没___呢", "春");
    const given = rows.filter((row) => !read(row).startsWith("单"));
    const known = new Set([asked, ...given].map(questionOf));
    expect(movedTo(given, { known })).toEqual([]);
    expect(movedTo(rows, { tokensMax: 7 }).every((text) => text.length <= 5)).toBe(true);
  });

  it("needs one fragment that tells, and a template around it", () => {
    const nowhere = rowOf("昨天的___", "发货");
    const twice = [rowOf("单昨天的___", "发货"), rowOf("单昨天的___卡", "发货")];
    const bare = [rowOf("朝气___", "蓬勃"), rowOf("___同心", "戮力"), rowOf("___朝气", "蓬勃")];
    const unknown = [rowOf("昨天的烎___", "发货"), rowOf("烎还没___呢", "发货")];
    expect(movedTo([nowhere, ...rows])).toEqual([]);
    expect(movedTo([twice[1]!, twice[0]!, ...rows])).toEqual([]);
    expect(movedTo(bare)).toEqual([]);
    expect(movedTo(unknown)).toEqual([]);
  });

  it("may have one indifferent token within its fragment", () => {
    const given = [rowOf("昨天的洗我机___", "发货"), ...rows];
    expect(movedTo(given)).toContain("洗我机还没__呢");
    expect(movedTo([rowOf("昨天的洗我他机___", "发货"), ...rows])).toEqual([]);
  });
});
