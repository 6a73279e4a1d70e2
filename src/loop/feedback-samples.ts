// What waits in feedback, as the lines of a sample file for one run.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError } from "../base/index.ts";
import {
  isAlive,
  type FeedbackStore,
  type Learner,
  type Registry,
  type SampleContent,
} from "../registry/index.ts";
import type { Suspect } from "../training/index.ts";
import { RunFiles } from "./run-files.ts";

/**
 * Takes what waits for a model, as lines of a sample file; it is the run's until the store's
 * `markUsed` or `releaseRun`.
 *
 * @throws AppError `invalid_input` when nothing waits.
 */
export async function takeSamples(
  store: FeedbackStore,
  model: string,
  { run, perUser }: { readonly run: string; readonly perUser: number },
): Promise<string[]> {
  const taken = await store.takeQueue(model, { run, perUser });
  if (taken.length > 0) return taken.map(lineOf);
  throw new AppError(
    "invalid_input",
    `No sample with a right word waits for ${model}. Correct answers on the Fill page, or import ` +
      "a file with `whetstone feedback import`.",
    { details: { model } },
  );
}

/**
 * A version has learned from what `run` took, less the suspects, which wait for a reviewer.
 *
 * @param file what `run` trained on, lines as `takeSamples` gave them
 */
export async function settleRun(
  store: FeedbackStore,
  {
    run,
    version,
    file,
  }: { readonly run: string; readonly version: Learner; readonly file: string },
  suspects: readonly Suspect[],
): Promise<void> {
  const leftOut = suspects.filter(({ isLeftOut }) => isLeftOut);
  if (leftOut.length > 0) {
    const lines = readFileSync(file, "utf8").split("\n");
    const textOf = (row: number): string | undefined =>
      (JSON.parse(lines[row - 1] ?? "{}") as { readonly text?: string }).text;
    const doubted = new Set(leftOut.map(({ row }) => textOf(row)));
    const taken = await store.list({ model: version.model, states: ["in-run"] });
    const held = taken.filter((sample) => sample.run === run && doubted.has(sample.text));
    await store.hold(
      held.map(({ id }) => id),
      "suspect",
    );
  }
  await store.markUsed(run, version);
}

/** The file that a command trains on. */
export interface FeedbackMaterial extends AsyncDisposable {
  readonly file: string;
  /** The run that took it from feedback; undefined for a file that a person named. */
  readonly run: string | undefined;
  /** A version has learned from it, less the suspects. */
  learned(version: Learner, suspects: readonly Suspect[]): Promise<void>;
}

/**
 * What waits for a model, as a file for a command that trains in process `pid`. Disposed of without
 * a version, it waits again; so does what a command took that was killed, and the same samples give
 * the same run, which is then continued. Errors as `takeSamples`.
 */
export async function openFeedbackMaterial(
  { dataDirectory, feedback }: Pick<Registry, "dataDirectory" | "feedback">,
  model: string,
  { perUser, pid }: { readonly perUser: number; readonly pid: number },
): Promise<FeedbackMaterial> {
  const files = new RunFiles(dataDirectory);
  const taken = await feedback.list({ model, states: ["in-run"] });
  for (const left of new Set(taken.map((sample) => sample.run ?? ""))) {
    const holder = COMMAND.exec(left)?.[1];
    if (holder === undefined || isAlive(Number(holder))) continue;
    await feedback.releaseRun(left);
    files.removeSamples(left);
  }
  const run = `command-${pid}-${randomUUID()}`;
  files.writeSamples(run, await takeSamples(feedback, model, { run, perUser }));
  return {
    file: files.samplesFileOf(run),
    run,
    learned: (version, suspects) => {
      const file = files.samplesFileOf(run);
      return settleRun(feedback, { run, version, file }, suspects);
    },
    [Symbol.asyncDispose]: async () => {
      files.removeSamples(run);
      await feedback.releaseRun(run);
    },
  };
}

const COMMAND = /^command-(\d+)-/;

/** A sample as a line of a file; the same sample gives the same line. */
export function lineOf({ text, answers, rejected, domain, source }: SampleContent): string {
  return JSON.stringify({ text, answers, rejected, domain, source });
}
