// Opening a staged scorer in a fresh process, in each of the three ways that a session can be
// loaded, and what two processes on the same file cost. Method: README.md.
//
//   tsx bench/load.ts [--threads 2] [--times 5] [--precision fp32]

import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { openHuggingFaceDirectory } from "../src/checkpoint/index.ts";
import { prepackScorer, stageScorer, type Precision } from "../src/models/index.ts";
import type { Loading } from "../src/runtime/index.ts";
import { benchCheckpoint } from "./harness/checkpoint.ts";
import { OtherLoad } from "./harness/machine.ts";
import { pssBytes } from "./harness/memory.ts";
import { median, note, report, rounded } from "./harness/report.ts";

const { values: flags } = parseArgs({
  options: {
    threads: { type: "string", default: "2" },
    times: { type: "string", default: "5" },
    precision: { type: "string", default: "fp32" },
    tiny: { type: "boolean", default: false },
    "no-save": { type: "boolean", default: false },
  },
});
const settings = {
  shape: flags.tiny ? "tiny" : "bert-base-chinese",
  threads: Number(flags.threads),
  times: Number(flags.times),
  precision: flags.precision as Precision,
  tokens: 18,
};

const ENTRY = path.join(import.meta.dirname, "harness/load.main.ts");

/** What a process says once it has answered. */
export interface LoadReport {
  /** From the call to an open scorer, to its first answer, and of later answers (median). */
  readonly openMs: number;
  readonly firstMs: number;
  readonly laterMs: number;
}

const staged = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-load-"));
try {
  stage();
  await prepackScorer(staged, settings.threads);
  const load = new OtherLoad();
  const ways: Record<string, { reports: LoadReport[]; pssBytes: number[] }> = {};
  for (const loading of ["packed", "mapped", "prepacked"] as const) {
    ways[loading] = await measure(loading);
    note(`${loading} ${JSON.stringify(ways[loading])}`);
  }
  const one = median(ways["prepacked"]?.pssBytes ?? []);
  const two = await sumOfTwo("prepacked");
  const firstAnswer = (loading: Loading): number =>
    rounded(median(ways[loading]?.reports.map((each) => each.openMs + each.firstMs) ?? []));
  report(
    "load",
    {
      result: {
        packedMs: firstAnswer("packed"),
        mappedMs: firstAnswer("mapped"),
        prepackedMs: firstAnswer("prepacked"),
        prepackedSharedRatio: rounded(two / one),
      },
      settings,
      details: { ways, onePssBytes: one, twoPssBytes: two, coresUsedByOthers: load.cores() },
    },
    !flags["no-save"] && !flags.tiny,
  );
} finally {
  rmSync(staged, { recursive: true, force: true });
}

function stage(): void {
  using source = openHuggingFaceDirectory(benchCheckpoint(flags.tiny ? "tiny" : "base"));
  const { precision } = settings;
  stageScorer(staged, { config: source.config, weights: source.readWeights(), precision });
}

async function measure(loading: Loading) {
  const reports: LoadReport[] = [];
  const sizes: number[] = [];
  for (let i = 0; i < settings.times; i++) {
    const { child, answered } = start(loading);
    reports.push(await answered);
    sizes.push(pssBytes(child.pid ?? 0));
    await ended(child);
  }
  return { reports, pssBytes: sizes };
}

async function sumOfTwo(loading: Loading): Promise<number> {
  const both = [start(loading), start(loading)];
  for (const { answered } of both) await answered;
  const sum = both.reduce((bytes, { child }) => bytes + pssBytes(child.pid ?? 0), 0);
  for (const { child } of both) await ended(child);
  return sum;
}

function start(loading: Loading): { child: ChildProcess; answered: Promise<LoadReport> } {
  const { threads, tokens } = settings;
  const order = JSON.stringify({ directory: staged, loading, threads, tokens });
  const child = fork(ENTRY, [order], { stdio: ["ignore", 2, 2, "ipc"] });
  const answered = new Promise<LoadReport>((resolve, reject) => {
    child.once("message", (message) => resolve(message as LoadReport));
    child.once("exit", (code) => reject(new Error(`the process ended with code ${code}`)));
  });
  return { child, answered };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.disconnect();
  await exit;
}
