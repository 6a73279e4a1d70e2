// The end of a run for what it took: learned where its version is stored and the gate let it pass,
// waiting again where not. Whoever ends a run twice changes nothing.

import { existsSync, readFileSync } from "node:fs";
import { isMarkAlive, ownMark } from "../jobs/index.ts";
import type { Registry, Version } from "../registry/index.ts";
import type { Suspect } from "../training/index.ts";
import { KEPT_MAX, keepLearned, type LearnedFrom } from "./kept-samples.ts";
import type { RunFiles } from "./run-files.ts";
import type { SampleOrigins } from "./sample-origins.ts";

export interface EndedRun {
  readonly run: string;
  readonly version: Version;
  /** What the run took from feedback, lines as `takeSamples` gave them, where it is there. */
  readonly file: string;
  /** What the version is to keep, unless it keeps it already. */
  readonly kept?: LearnedFrom | undefined;
  /** What it doubts; when absent, what is known of doubts stays. */
  readonly suspects?: readonly Suspect[] | undefined;
}

/**
 * A version has learned from what `run` took, less the samples that it left out, which wait for a
 * reviewer; it keeps what it learned from elsewhere. Returns how many wait again since the gate
 * refused the version.
 */
export async function settleRun(
  { feedback, learned }: Pick<Registry, "feedback" | "learned">,
  { run, version, file, kept, suspects }: EndedRun,
): Promise<number> {
  if (kept !== undefined) await keepLearned({ learned }, version, kept);
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
 * may have stored its version all the same, which then keeps what stands nowhere else. Where
 * something fails its samples stay, and the run can be ended later.
 */
export async function endLeftRun(
  registry: Pick<Registry, "feedback" | "learned" | "listModels">,
  run: string,
  files: RunFiles,
): Promise<void> {
  const version = await versionOfRun(registry, run);
  if (version === undefined) await registry.feedback.releaseRun(run);
  else {
    const file = files.samplesFileOf(run);
    const samplesFile = keepsSamples(version) && existsSync(file) ? file : undefined;
    const isCleaned = version.state === "cleaned";
    const kept = isCleaned ? undefined : { samplesFile, keptFile: files.keptFileOf(run) };
    await settleRun(registry, { run, version, file, kept });
  }
  files.removeSamples(run);
}

/** The version that has come of a run, whose process or server may have been killed just after. */
export async function versionOfRun(
  registry: Pick<Registry, "listModels">,
  run: string,
): Promise<Version | undefined> {
  const versions = (await registry.listModels()).flatMap((model) => model.versions);
  return versions.find(({ metrics }) => metrics["run"] === run);
}

/** Whether its samples came from a request, or from a file that is not too large. */
function keepsSamples({ metrics }: Version): boolean {
  const { sources = [] } = (metrics["origins"] as SampleOrigins | undefined) ?? {};
  return sources.some(({ origin, count }) => {
    return origin === "upload" || (origin === "file" && count <= KEPT_MAX);
  });
}

/** The id of what this process is at, with its mark, by which `isHolderAlive` tells it again. */
export function heldRun(kind: "command" | "replay", name: string): string {
  return `${kind}-${ownMark().replace(" ", ".")}-${name}`;
}

/** Whether the process that is at a run is still there; undefined for runs of a server. */
export function isHolderAlive(run: string): boolean | undefined {
  const mark = /^(?:command|replay)-(\d+(?:\.\d+)?)-/.exec(run)?.[1];
  return mark === undefined ? undefined : isMarkAlive(mark.replace(".", " "));
}
