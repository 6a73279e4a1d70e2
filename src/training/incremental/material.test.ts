import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tokenizerFromVocabulary } from "../../tokenizer/index.ts";
import type { TuningOrder } from "../order.ts";
import {
  learnedForms,
  measuredRows,
  measuredSamples,
  readMaterial,
  withoutSamples,
  type Material,
} from "./material.ts";

const CHARACTERS = [...new Set("一二三四五六七八九十的订单还没发货生效")];
const tokenizer = tokenizerFromVocabulary([
  ..."[PAD] [UNK] [CLS] [SEP] [MASK]".split(" "),
  ...CHARACTERS,
]);
const folder = mkdtempSync(path.join(tmpdir(), "whetstone-material-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Line {
  readonly text: string;
  readonly answer?: string;
  readonly rejected?: readonly string[];
}
const right = (i: number): Line => ({ text: `${CHARACTERS[i]}的订单还没___`, answer: "生效" });
const wrong = (i: number): Line => ({ text: right(i).text, rejected: ["发货"] });

function read(lines: readonly Line[], earlier: readonly Line[] = [], work = 100) {
  const notes: string[] = [];
  const write = (name: string, content: readonly Line[]): string => {
    const file = path.join(folder, name);
    writeFileSync(file, content.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return file;
  };
  const order = {
    samplesFile: write("samples.jsonl", lines),
    earlierFile: earlier.length === 0 ? undefined : write("earlier.jsonl", earlier),
    suites: [],
    seed: 1,
    tuning: {},
  } as unknown as TuningOrder;
  const control = {
    onProgress: (report: { phase: string; text?: string }) => notes.push(report.text ?? ""),
    shouldStop: () => false,
  };
  const options = { tokenizer, sequenceMax: 64 };
  const material = readMaterial(order, options, { work, control });
  return { material, notes };
}

/** Rows of the sample file, of the samples that are learned. */
const learnedRows = ({ training }: Material): number[] =>
  training.map(({ sample }) => sample.row).toSorted((a, b) => a - b);

describe("a sample without a right word", () => {
  const answered = [0, 1, 2, 3, 4].map(right);

  it("is learned, and neither held out nor measured", () => {
    const { material, notes } = read([wrong(8), ...answered, wrong(9)]);
    expect(material.heldOut).toHaveLength(1);
    expect(material.heldOut[0]!.sample.answers).toEqual(["生效"]);
    expect(material.training).toHaveLength(6);
    expect(learnedRows(material)).toEqual(expect.arrayContaining([1, 7]));
    const unwanted = learnedForms(material).filter(({ whole }) => whole.targets[0]!.unwanted > 0);
    expect(unwanted).toHaveLength(2);
    expect(unwanted.every(({ views }) => views.length === 0)).toBe(true);
    expect(notes).toEqual([]);
  });

  it("is not measured either where too few others are there to hold any out", () => {
    const { material } = read([right(0), wrong(8)]);
    expect(learnedRows(material)).toEqual([1, 2]);
    expect(measuredSamples(material).map(({ sample }) => sample.row)).toEqual([1]);
    expect(measuredRows(material)).toHaveLength(1);
    // Whatever is doubted, something is left to measure with.
    const left = withoutSamples(material, new Set([1]));
    expect(measuredSamples(left)).toHaveLength(1);
    expect(learnedRows(withoutSamples(material, new Set([2])))).toEqual([1]);
  });

  it("takes no views from the others", () => {
    const viewsBeside = (lines: readonly Line[]): number =>
      read([...answered, ...lines]).material.training[0]!.accepted[0]!.views.length;
    expect(viewsBeside([])).toBe(12);
    expect(viewsBeside([5, 6, 7, 8, 9].map(wrong))).toBe(12);
  });

  it("asks what no view of another answers", () => {
    // Each of its own length, by which a view tells its template.
    const patterns = ["#的订单还没___", "单#没的___", "订单的还#订没___"];
    const longest = "订单的还一订没".length + "生效".length + "[CLS] [SEP]".split(" ").length;
    const missing = ["一", "二"].map((thing) => patterns[2]!.replace("#", thing));
    const lines = Array.from("一二三四五六").flatMap((thing, i) =>
      patterns.map((pattern) => {
        return { text: pattern.replace("#", thing), answer: i < 3 ? "生效" : "发货" };
      }),
    );
    const taught = lines.filter(({ text }) => !missing.includes(text));
    const { material } = read([...taught, { text: missing[0]!, rejected: ["发货"] }], [], 2000);
    const moved = (["一", "二"] as const).map((thing) => {
      const views = material.training
        .filter(({ sample }) => sample.text.includes(thing) && sample.answers.length > 0)
        .flatMap(({ accepted }) => accepted.flatMap((word) => word.views));
      expect(views).not.toEqual([]);
      return views.some(({ ids }) => ids.length === longest);
    });
    expect(moved).toEqual([false, true]);
  });

  it("is left out where the vocabulary lacks its words, or what is held out asks the same", () => {
    const unknown = { ...wrong(8), rejected: ["龘"] };
    const known = [0, 1, 2, 3, 4].map(wrong);
    const { material, notes } = read([...answered, unknown, ...known]);
    const heldOut = material.heldOut[0]!.sample.row;
    expect(learnedRows(material)).not.toContain(6);
    expect(learnedRows(material)).not.toContain(heldOut + 6);
    expect(material.training).toHaveLength(4 + 4);
    expect(notes).toEqual([
      "1 of 6 samples are left out, since the vocabulary lacks their words: rows 6",
      `1 of 5 samples are left out, since what is held out asks the same: rows ${heldOut + 6}`,
    ]);
  });

  it("is refused without any that has one", () => {
    expect(() => read([wrong(0), wrong(1)])).toThrow(/none of the 2 samples has a right word/);
  });

  it("of an earlier run is repeated, and a new one takes no right word away", () => {
    const { material } = read([...answered, wrong(8)], [wrong(7), right(8)]);
    expect(material.earlier.map(({ sample }) => sample.row)).toEqual([1, 2]);
    const formCounts = material.earlier.map(({ accepted, rejected }) => {
      return [accepted.length, rejected.length];
    });
    expect(formCounts).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });
});
