// What an incremental training makes of 120 new sentences: whether the same goods are known in
// other sentences, whether goods are that nobody mentioned, and what wrong labels do. Through the
// command line alone. Method: README.md.
//
//   tsx bench/goods.ts [--set goods] [--seed 1] [--runs clean,masked,flipped] [--tiny]

import { execFileSync, type StdioOptions } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  flipped,
  GOODS_SETS,
  goodsLines,
  type GoodsLines,
  type GoodsSetName,
  type Line,
} from "./harness/goods.ts";
import { note, report, rounded } from "./harness/report.ts";

const { values: flags } = parseArgs({
  options: {
    set: { type: "string", default: "goods" },
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "clean,masked,flipped" },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});
const PROGRAM = path.resolve(import.meta.dirname, "../bin/whetstone");
const MODEL = "starter-cloze";
const FLIPPED_SHARE = 0.2;
/** Sentences to learn, and to ask, of a tiny run, which makes one pass. */
const TINY = { learned: 20, asked: 4 };
/** Wrong labels are looked for among so many. */
const SUSPECTS_READ = 30;

/** A version, and the data directory that it lies in. */
interface Stored {
  readonly reference: string;
  readonly data: string;
}

interface Evaluation {
  readonly top1: number;
}

/** A measurement on all suites. */
interface Probed {
  readonly results: readonly {
    readonly kind: string;
    readonly count: number;
    readonly ece: number;
  }[];
}

interface Trained {
  readonly version: string;
  readonly seconds: number;
  readonly before: { readonly ece: number };
  readonly after: { readonly ece: number };
  readonly gate: { readonly passed: boolean; readonly reasons: readonly string[] };
  readonly suspects: readonly { readonly row: number }[];
}

const set = flags.set as GoodsSetName;
if (!Object.hasOwn(GOODS_SETS, set)) {
  throw new Error(`no set ${set}; there are ${Object.keys(GOODS_SETS).join(", ")}`);
}
const folder = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-goods-"));
const runs = flags.runs.split(",");
try {
  const lines = linesOf();
  const before = evaluated({ reference: MODEL, data: dataOf("before") }, lines);
  const clean = runs.includes("clean") ? learned("clean", lines.train, lines) : undefined;
  const calibration = clean && {
    before: probesEce({ reference: `${MODEL}@1`, data: dataOf("clean") }),
    after: probesEce({ reference: `${MODEL}@${clean.trained.version}`, data: dataOf("clean") }),
  };
  const unnamed = linesOf(() => "东西");
  const masked = runs.includes("masked") ? learned("masked", unnamed.train, unnamed) : undefined;
  const wrong = flipped(lines.train, FLIPPED_SHARE);
  const noisy = runs.includes("flipped") ? learned("flipped", wrong.lines, lines) : undefined;
  const doubted = (noisy?.trained.suspects ?? []).slice(0, SUSPECTS_READ);
  const found = doubted.filter(({ row }) => wrong.rows.includes(row)).length;
  report(
    set === "goods" ? "goods" : `goods-${set}`,
    {
      result: {
        same: clean?.same ?? null,
        other: clean?.other ?? null,
        maskedOther: masked?.other ?? null,
        flippedSame: noisy?.same ?? null,
        flippedFound: noisy ? rounded(found / wrong.rows.length) : null,
        probesLost: clean?.probesLost ?? null,
        eceRise: calibration ? rounded(calibration.after - calibration.before) : null,
      },
      settings: { model: MODEL, set, seed: Number(flags.seed), trained: lines.train.length },
      details: { before, clean, calibration, masked, flipped: noisy, flippedRows: wrong.rows },
    },
    !flags["no-save"] && !flags.tiny,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function linesOf(name?: (thing: string) => string): GoodsLines {
  const { train, same, other } = goodsLines(set, name);
  if (!flags.tiny) return { train, same, other };
  const { learned: count, asked } = TINY;
  return { train: train.slice(0, count), same: same.slice(0, asked), other: other.slice(0, asked) };
}

/** Each run has one of its own: what earlier versions learned, a training repeats. */
function dataOf(run: string): string {
  return path.join(folder, `data-${run}`);
}

/** Trains a new version on `train`, and asks it what was kept aside. */
function learned(name: string, train: readonly Line[], asked: GoodsLines) {
  const data = dataOf(name);
  const epochs = flags.tiny ? ["--epochs", "1"] : [];
  const options = ["--samples", written(name, train), "--seed", flags.seed, ...epochs];
  const trained = whetstone(data, ["train", MODEL, ...options]) as Trained;
  const reference = `${MODEL}@${trained.version}`;
  const archive = whetstone(data, ["models", "archive", reference]) as {
    readonly drift?: { readonly all?: { readonly before: number; readonly after: number } };
  };
  const all = archive.drift?.all;
  const probesLost = all === undefined ? null : rounded(all.before - all.after);
  const figures = { ...evaluated({ reference, data }, asked), probesLost, trained };
  note(`${name}: ${JSON.stringify({ ...figures, trained: { ...trained, suspects: [] } })}`);
  return figures;
}

/** Shares answered rightly, 0..1. */
function evaluated({ reference, data }: Stored, { same, other }: GoodsLines) {
  const right = (name: string, lines: readonly Line[]): number => {
    const suite = written(name, lines);
    const args = ["evaluate", reference, "--suite", suite];
    return rounded((whetstone(data, args) as Evaluation).top1);
  };
  return { same: right("same", same), other: right("other", other) };
}

/** The calibration error over all shipped probes, each suite by its questions; 0..1. */
function probesEce({ reference, data }: Stored): number {
  const { results } = whetstone(data, ["probes", "run", reference]) as Probed;
  const probes = results.filter(({ kind }) => kind === "probe");
  const total = probes.reduce((sum, { count }) => sum + count, 0);
  return rounded(probes.reduce((sum, { ece, count }) => sum + ece * count, 0) / total);
}

function written(name: string, lines: readonly Line[]): string {
  const file = path.join(folder, `${name}.jsonl`);
  writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return file;
}

function whetstone(data: string, args: readonly string[]): unknown {
  const all = [...args, "--data", data, "--json"];
  const stdio: StdioOptions = ["ignore", "pipe", "inherit"];
  return JSON.parse(execFileSync(PROGRAM, all, { encoding: "utf8", maxBuffer: 1e8, stdio }));
}
