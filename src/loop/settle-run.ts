// The end of a run for what it took: learned where its version is stored and the gate let it pass,
// waiting again where not. Whoever ends a run twice changes nothing.

import { existsSync, readFileSync } from "node:fs";
import type { Registry, Version } from "../registry/index.ts";
import type { Suspect } from "../training/index.ts";
import type { RunFiles } from "./run-files.ts";

export interface EndedRun {
  readonly run: string;
  readonly version: Version;
  /** What the run took from feedback, lines as `takeSamples` gave them, where it is there. */
  readonly file: string;
  /** What it doubts; when absent, what is known of doubts stays. */
  readonly suspects?: readonly Suspect[] | undefined;
}

/**
 * A version has learned from what `run` took, less the samples that it left out, which wait for a
 * reviewer. Returns how many wait again since the gate refused the version.
 */
export async function settleRun(
  { feedback }: Pick<Registry, "feedback">,
  { run, version, file, suspects }: EndedRun,
): Promise<number> {
  const { model, state } = version;
  const leftOut = (version.metrics["leftOut"] as number[] | undefined) ?? [];
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const textOf = (row: number): string =>
    (JSON.parse(lines[row - 1] ?? "{}") as { readonly text?: string }).text ?? "";
  if (suspects !== undefined) {
    const doubts = suspects.map(({ row, margin, rival }) => {
      return [textOf(row), { margin, rival: rival.answer }] as const;
    });
    await feedback.noteDoubts(run, new Map(doubts));
  }
  if (leftOut.length > 0) {
    const doubted = new Set(leftOut.map(textOf));
    const taken = await feedback.list({ model, states: ["in-run"] });
    const held = taken.filter((sample) => sample.run === run && doubted.has(sample.text));
    await feedback.hold(
      held.map(({ id }) => id),
      "suspect",
    );
  }
  const learner = { model, version: version.version };
  return feedback.markUsed(run, learner, { isRefused: state === "refused" });
}

/**
 * Ends a run that nobody is at any more, and removes its samples: killed, given up or failed, it
 * may have stored its version all the same.
 */
export async function endLeftRun(
  registry: Pick<Registry, "feedback" | "listModels">,
  run: string,
  files: RunFiles,
): Promise<void> {
  const versions = (await registry.listModels()).flatMap((model) => model.versions);
  const version = versions.find(({ metrics }) => metrics["run"] === run);
  if (version === undefined) await registry.feedback.releaseRun(run);
  else await settleRun(registry, { run, version, file: files.samplesFileOf(run) });
  files.removeSamples(run);
}

/** The id of a run of the command of process `pid`; `holderOf` tells the process again. */
export const commandRun = (pid: number, name: string): string => `command-${pid}-${name}`;

/** The process that is at a run of a command; undefined for runs of a server. */
export function holderOf(run: string): number | undefined {
  const holder = /^command-(\d+)-/.exec(run)?.[1];
  return holder === undefined ? undefined : Number(holder);
}
