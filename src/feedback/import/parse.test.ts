import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTable } from "./delimited.ts";
import { parseImport, type ImportKind } from "./parse.ts";
import { patternsFor } from "./patterns.ts";
import { replacementsIn } from "./style.ts";
import { piecesOf } from "./words.ts";

const parse = (name: string, text: string, kind?: ImportKind) =>
  parseImport({ name, lines: text.split("\n") }, kind);

/** What a file is refused with. */
function refusal(name: string, text: string, kind?: ImportKind): string {
  try {
    parse(name, text, kind);
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
  return "taken";
}

describe("a table", () => {
  it("has commas, quotes and line breaks inside quotes, and knows its rows", () => {
    const text = '\ufeffterm,"a, b"\r\n\r\n"say ""hi""","two\nlines"\r\nlast, x \n';
    expect(parseTable(text)).toEqual([
      { row: 1, cells: ["term", "a, b"] },
      { row: 3, cells: ['say "hi"', "two\nlines"] },
      { row: 5, cells: ["last", "x"] },
    ]);
  });

  it("is separated by tabs when the first line has one, and then quotes are only quotes", () => {
    expect(parseTable('甲,"\t乙\n丙\t丁')).toEqual([
      { row: 1, cells: ['甲,"', "乙"] },
      { row: 2, cells: ["丙", "丁"] },
    ]);
  });

  it("comes back as it was written, whatever is in its cells", () => {
    const cell = fc.string().map((text) => text.replaceAll(/[\r\t\ufeff]/g, "").trim());
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1 });
    fc.assert(
      fc.property(rows, (cells) => {
        const quoted = cells.map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(","));
        const wanted = cells.filter((row) => row.some((c) => c !== ""));
        expect(parseTable(quoted.join("\n")).map((row) => row.cells)).toEqual(wanted);
      }),
    );
  });
});

describe("lines of samples", () => {
  it("have right and wrong words, also only wrong ones", () => {
    const text = [
      '{"text":" 订单一直没[MASK] ","answer":"生效","answers":["到账"],"rejected":["发货"]}',
      "",
      '{"text":"好___","rejected":["的"],"domain":"电商","source":"x","length":"auto"}',
    ].join("\n");
    expect(parse("a.jsonl", text)).toMatchObject({
      source: "import",
      samples: [
        { row: 1, text: "订单一直没___", answers: ["生效", "到账"], rejected: ["发货"] },
        { row: 3, text: "好___", answers: [], rejected: ["的"], domain: "电商" },
      ],
    });
  });

  it.each([
    ["{", "row 1: not JSON"],
    ["[]", "row 1: not a JSON object"],
    ['\n{"text":"没有空","answer":"好"}', "row 2: the text has no blank; write ___"],
    ['{"text":"___"}', "row 1: answer is missing"],
    ['{"text":"___","answr":"好"}', 'row 1: unknown field "answr"; known: text, answer'],
    ['{"text":"___","answer":7}', "row 1: answer is 7; expected text"],
    ['{"text":"___","answers":"好"}', 'row 1: answers is "好"; expected a list'],
    ['{"text":"___","answer":"一二三四五"}', "row 1: the answer has 5 characters; a blank takes"],
    ['{"text":"___","answer":"a b"}', "row 1: the answer has a space"],
    ['{"text":"___","answer":"好","rejected":["好"]}', "row 1: 好 is both an answer and rejected"],
    [
      '{"text":"___","answer":"好"}\n{"text":"[MASK]","rejected":["好"]}',
      "row 2: 好 is wrong here and right in row 1",
    ],
    [`{"text":"___${"长".repeat(2000)}","answer":"好"}`, "row 1: the text has 2003 characters"],
    [`{"text":"___${"𠮷".repeat(2000)}","answer":"好"}`, "row 1: the text has 2003 characters"],
    ["", "a.jsonl has no samples"],
  ])("are refused with the row: %s", (text, message) => {
    expect(refusal("a.jsonl", text)).toContain(`bad_row: ${message}`);
  });
});

describe("a term table", () => {
  it("puts the term's blank into its patterns", () => {
    const text = "term,domain,patterns\n生效,法律,合同明日生效|{term}之后不能改；尚未___。";
    const { kind, source, samples } = parse("terms.csv", text);
    expect([kind, source]).toEqual(["terms", "terms"]);
    expect(samples.map((sample) => sample.text)).toEqual([
      "合同明日___",
      "___之后不能改",
      "尚未___。",
    ]);
    expect(samples.every(({ answers, domain }) => answers[0] === "生效" && domain === "法律")).toBe(
      true,
    );
  });

  it("gives a term without patterns 5 to 10 fitting ones, by domain", () => {
    for (const [term, domain] of [
      ["发货", "电商"],
      ["运费", "电商"],
      ["量子", ""],
    ] as const) {
      const patterns = patternsFor(term, domain);
      expect(patterns.length).toBeGreaterThanOrEqual(5);
      expect(patterns.length).toBeLessThanOrEqual(10);
      expect(patterns.every((pattern) => pattern.split("___").length === 2)).toBe(true);
    }
    expect(patternsFor("发货", "电商")[0]).toBe("订单一直没___。");
    expect(patternsFor("运费", "电商")[0]).toBe("我想咨询___的问题。");
    expect(parse("t.tsv", "术语\t领域\n发货\t电商").samples).toHaveLength(9);
  });

  it("blanks the words of a long term one after the other", () => {
    const { samples } = parse("t.csv", "term,patterns\n增值税专用发票,请开{term}|缺少___。");
    expect(samples.map(({ text, answers }) => text.replace("___", `[${answers[0]}]`))).toEqual([
      "请开[增值]税专用发票",
      "缺少增值[税]专用发票。",
    ]);
  });

  it.each([
    ["term,domian\n甲,乙", 'row 1: unknown column "domian"; expected the columns term'],
    ["term\n甲\n甲,乙", "row 3: 2 cells; expected 1"],
    ["term,domain\n,电商", "row 2: term is empty"],
    ["term,patterns\n甲,没有它", 'row 2: the pattern "没有它" has neither "甲" nor a blank'],
    ["term,patterns\n甲,___和___", 'row 2: the pattern "___和___" has 2 blanks'],
    ['term,patterns\n甲,"没有完', "row 2: a quote is opened and never closed"],
    ["term\n", "t.csv has no terms"],
  ])("is refused with the row: %j", (text, message) => {
    expect(refusal("t.csv", text)).toContain(`bad_row: ${message}`);
  });

  it("is asked for by name where the header lacks the column", () => {
    expect(refusal("t.csv", "甲,乙", "terms")).toContain("row 1: no column term");
  });
});

describe("style pairs", () => {
  it("teach the formal word in the place of the informal one", () => {
    const { kind, source, samples } = parse("s.tsv", "informal\tformal\n天气不错啊\t天气较为适宜");
    expect([kind, source]).toEqual(["style", "style"]);
    expect(samples).toMatchObject([
      { row: 2, text: "天气___", answers: ["较为适宜"], rejected: ["不错啊"] },
    ]);
  });

  it("are aligned word by word where a stretch is too long for a blank", () => {
    const { samples } = parse("s.csv", "快递啥时候能到？,快递何时能够送达？");
    expect(samples.map(({ text, answers, rejected }) => [text, answers, rejected])).toEqual([
      ["快递___能够送达？", ["何时"], ["啥时候"]],
      ["快递何时___送达？", ["能够"], ["能"]],
      ["快递何时能够___？", ["送达"], ["到"]],
    ]);
  });

  it("with nothing in common teach the formal words, one in each sample, and reject nothing", () => {
    const { samples } = parse("s.csv", "你们赶紧弄一下,请贵公司尽快予以处理");
    expect(samples.map(({ answers }) => answers[0])).toEqual([
      "请",
      "贵公司",
      "尽快",
      "予以",
      "处理",
    ]);
    expect(samples.every(({ rejected }) => rejected.length === 0)).toBe(true);
  });

  it.each([
    ["甲", "row 1: 1 cells; expected an informal sentence and the formal one"],
    ["甲,乙\n同,同", "row 2: both sentences are the same"],
    ["今天天气真的好,今天天气好", "s.csv has no pair whose formal sentence has a word"],
  ])("are refused with the row: %j", (text, message) => {
    expect(refusal("s.csv", text)).toContain(`bad_row: ${message}`);
  });

  it("are aligned so that every replacement is a place in the formal sentence", () => {
    const sentence = fc.string({
      unit: fc.constantFrom(...Array.from("今天天气很好不错较为适宜，。我们他的能够时候")),
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(sentence, sentence, (informal, formal) => {
        for (const { before, formal: word, after } of replacementsIn(informal, formal)) {
          expect(before + word + after).toBe(formal);
          expect(word).not.toBe("");
        }
      }),
    );
  });

  it("cut phrases into pieces that are the phrase again", () => {
    for (const { before, word, after } of piecesOf("增值税专用发票、ABCDEFGHIJ和其他")) {
      expect(before + word + after).toBe("增值税专用发票、ABCDEFGHIJ和其他");
      expect([...word].length).toBeLessThanOrEqual(4);
    }
  });
});

it("a file whose name tells nothing is refused, unless its kind is given", () => {
  expect(refusal("data.txt", "甲,乙")).toContain("invalid_input: data.txt is neither .jsonl nor");
  expect(parse("data.txt", "天气不错啊,天气较为适宜", "style").samples).toHaveLength(1);
});
