import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { appErrorOf } from "../../../test/helpers/app-error.ts";
import { parseSamples } from "../../tasks/fill-mask/index.ts";
import { readEarlier, withoutAsked } from "./asked.ts";

const QUESTIONS = parseSamples([
  '{"text":"极光常常出现在地球的两[MASK]附近。","answer":"极"}',
  '{"text":"天空是___的。","answers":["蓝色","灰色"]}',
]);

/** The texts that stay, and what is said of the others. */
function learned(...samples: readonly (readonly [text: string, answer: string])[]) {
  const notes: unknown[] = [];
  const rows = parseSamples(samples.map(([text, answer]) => JSON.stringify({ text, answer })));
  const staying = withoutAsked(
    rows.map((sample, i) => ({ ...sample, row: i + 1 })),
    QUESTIONS,
    { onProgress: (note) => notes.push(note) },
  );
  return { texts: staying.map(({ text }) => text), notes };
}

describe("withoutAsked", () => {
  it("leaves out a question of a suite, with its answer or another, and says so", () => {
    const asked = ["极光常常出现在地球的两___附近。", "端"] as const;
    expect(learned(["订单一直没___", "生效"], asked, ["天空是[BLANK]的。", "灰色"])).toEqual({
      texts: ["订单一直没___"],
      notes: [
        {
          phase: "note",
          text: "2 of 3 samples are left out, since suites ask them: rows 2, 3",
        },
      ],
    });
  });

  it("leaves out what says the same with its blank elsewhere", () => {
    const other = ["订单一直没___", "生效"] as const;
    expect(learned(other, ["极光常常出现在地球的___附近。", "两极"]).texts).toEqual([other[0]]);
    expect(learned(other, ["天空是蓝___的。", "色"]).texts).toEqual([other[0]]);
  });

  it("leaves out what differs in spaces, punctuation and width alone", () => {
    const asked = ["极光 常常出现在地球的两___附近", "极"] as const;
    expect(learned(["订单一直没___", "生效"], asked, ["天空是___的!", "绿色"]).texts).toEqual([
      "订单一直没___",
    ]);
  });

  it("refuses samples of which suites ask all", () => {
    const error = appErrorOf(() => learned(["天空是___的", "蓝色"]));
    expect([error.code, error.message]).toEqual([
      "invalid_input",
      expect.stringMatching(/^suites ask all of the 1 samples/),
    ]);
  });

  it("says nothing when nothing is asked", () => {
    const text = "极光常常出现在火星的两[MASK]附近。";
    expect(learned([text, "极"])).toEqual({ texts: [text], notes: [] });
  });
});

describe("readEarlier", () => {
  /** "text right -wrong" of what is repeated beside new samples. */
  function repeated(lines: readonly object[], fresh: readonly object[], isAnsweredOnly = false) {
    const folder = mkdtempSync(path.join(tmpdir(), "whetstone-asked-"));
    const file = path.join(folder, "earlier.jsonl");
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const others = parseSamples(
      fresh.map((line) => JSON.stringify(line)),
      { isAnswerOptional: true },
    );
    const earlier = readEarlier(file, others, { onProgress: () => {}, isAnsweredOnly });
    rmSync(folder, { recursive: true });
    return earlier.map(({ text, answers, rejected }) =>
      [text, ...answers, ...rejected.map((wrong) => `-${wrong}`)].join(" "),
    );
  }
  const RIGHT = { text: "订单一直没___", answer: "生效" };

  it("repeats a right word although a new ✗ says that another is wrong", () => {
    const other = { text: "订单一直没[MASK]", rejected: ["发货"] };
    expect(repeated([RIGHT], [other])).toEqual(["订单一直没___ 生效"]);
  });

  it("does not repeat what a new ✗ calls wrong, wherever its blank is", () => {
    for (const said of [
      { text: "订单一直没___。", rejected: ["生效", "发货"] },
      { text: "订单一直没生___", rejected: ["效"] },
    ]) {
      expect(repeated([RIGHT], [said])).toEqual([]);
    }
  });

  it("does not repeat a ✗ that a new right word gainsays, wherever its blank is", () => {
    const wrong = { text: "订单一直没生___", rejected: ["效"] };
    expect(repeated([wrong], [RIGHT])).toEqual([]);
    expect(repeated([{ ...wrong, rejected: ["货"] }], [RIGHT])).toEqual(["订单一直没生___ -货"]);
  });

  it("repeats a ✗ unless a right word is known by now, or only right words are learned", () => {
    const wrong = { text: "订单一直没___", rejected: ["发货"] };
    expect(repeated([wrong], [{ text: "快递明天___", answer: "到" }])).toEqual([
      "订单一直没___ -发货",
    ]);
    expect(repeated([wrong], [RIGHT])).toEqual([]);
    expect(repeated([wrong, { text: "快递明天___", answer: "到" }], [], true)).toEqual([
      "快递明天___ 到",
    ]);
  });

  it("repeats what neither a suite asks nor a new sample says something else about", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "whetstone-asked-"));
    const file = path.join(folder, "earlier.jsonl");
    const texts = ["天空是___的。", "订单一直没___", "快递明天___"];
    writeFileSync(
      file,
      texts.map((text) => `${JSON.stringify({ text, answer: "好" })}\n`).join(""),
    );
    const fresh = parseSamples(['{"text":"订单一直没___","answer":"生效"}']);
    const notes: unknown[] = [];
    const onProgress = (note: object): number => notes.push(note);
    const earlier = readEarlier(file, [...QUESTIONS, ...fresh], { onProgress });
    rmSync(folder, { recursive: true });
    expect(earlier.map(({ text }) => text)).toEqual(["快递明天___"]);
    expect(notes).toEqual([
      { phase: "note", text: "samples that earlier versions learned and this run repeats: 1" },
    ]);
  });
});
