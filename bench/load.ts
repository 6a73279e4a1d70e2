// Opening a model in a fresh process: from its checkpoint, and from its staged form, which answers
// from mapped weights first and from re-ordered ones later; and what two processes on one staged
// form cost. Method: README.md.
//
//   tsx bench/load.ts [--threads 2] [--times 5] [--precision fp32]

import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { Precision } from "../src/models/index.ts";
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

export interface LoadOrder {
  readonly checkpoint: string;
  /** Where its staged form lies; the checkpoint itself is opened when absent. */
  readonly staged?: string | undefined;
  readonly threads: number;
  readonly precision: Precision;
  readonly tokens: number;
}

/** What a process says once it has answered. */
export interface LoadReport {
  /** From the call to an open scorer, and to its first answer from there. */
  readonly openMs: number;
  readonly firstMs: number;
  /** Of the next answers, and of those after twenty; medians. */
  readonly earlyMs: number;
  readonly lateMs: number;
}

const staged = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-load-"));
try {
  const load = new OtherLoad();
  const stagingStartMs = performance.now();
  await ended((await answered(staged)).child);
  const stagingMs = performance.now() - stagingStartMs;
  const ways = { checkpoint: await measure(undefined), staged: await measure(staged) };
  note(JSON.stringify(ways));
  const one = median(ways.staged.pssBytes);
  const two = await sumOfTwo();
  const medianOf = (way: keyof typeof ways, pick: (each: LoadReport) => number): number =>
    rounded(median(ways[way].reports.map(pick)));
  const first = ({ openMs, firstMs }: LoadReport): number => openMs + firstMs;
  report(
    "load",
    {
      result: {
        checkpointMs: medianOf("checkpoint", first),
        stagedMs: medianOf("staged", first),
        mappedAnswerMs: medianOf("staged", ({ earlyMs }) => earlyMs),
        packedAnswerMs: medianOf("staged", ({ lateMs }) => lateMs),
        sharedRatio: rounded(two / one),
      },
      settings,
      details: {
        ways,
        stagingMs,
        onePssBytes: one,
        twoPssBytes: two,
        coresUsedByOthers: load.cores(),
      },
    },
    !flags["no-save"] && !flags.tiny,
  );
} finally {
  rmSync(staged, { recursive: true, force: true });
}

async function measure(from: string | undefined) {
  const reports: LoadReport[] = [];
  const sizes: number[] = [];
  for (let i = 0; i < settings.times; i++) {
    const { child, loaded } = await answered(from);
    reports.push(loaded);
    sizes.push(pssBytes(child.pid ?? 0));
    await ended(child);
  }
  return { reports, pssBytes: sizes };
}

async function sumOfTwo(): Promise<number> {
  const both = [await answered(staged), await answered(staged)];
  const sum = both.reduce((bytes, { child }) => bytes + pssBytes(child.pid ?? 0), 0);
  for (const { child } of both) await ended(child);
  return sum;
}

async function answered(from: string | undefined): Promise<{
  readonly child: ChildProcess;
  readonly loaded: LoadReport;
}> {
  const { threads, tokens, precision } = settings;
  const checkpoint = benchCheckpoint(flags.tiny ? "tiny" : "base");
  const order: LoadOrder = { checkpoint, staged: from, threads, precision, tokens };
  const child = fork(ENTRY, [JSON.stringify(order)], { stdio: ["ignore", 2, 2, "ipc"] });
  const loaded = await new Promise<LoadReport>((resolve, reject) => {
    child.once("message", (message) => resolve(message as LoadReport));
    child.once("exit", (code) => reject(new Error(`the process ended with code ${code}`)));
  });
  return { child, loaded };
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.disconnect();
  await exit;
}
