// What a run learns from, as the lines of a sample file: what waits in feedback, and what earlier
// versions learned.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError } from "../base/index.ts";
import type { Scrubber } from "../feedback/index.ts";
import { isAlive } from "../jobs/index.ts";
import type { FeedbackStore, Learner, Registry, SampleContent } from "../registry/index.ts";
import type { Suspect } from "../training/index.ts";
import { keepLearned, keptSamples } from "./kept-samples.ts";
import { RunFiles, type EarlierLines } from "./run-files.ts";
import type { SuiteQuestions } from "./suite-questions.ts";
import { feedbackOrigins, sampleOrigins, type SampleOrigins } from "./sample-origins.ts";

export interface Taking {
  readonly run: string;
  /** The most samples that stand on one user's word. */
  readonly perUser: number;
  readonly suites: Pick<SuiteQuestions, "isAsked">;
}

/**
 * Takes what waits for a model, as lines of a sample file; it is the run's until the store's
 * `markUsed` or `releaseRun`. What a suite asks by now is held instead.
 *
 * @throws AppError `invalid_input` when nothing waits.
 */
export async function takeSamples(
  store: FeedbackStore,
  model: string,
  { run, perUser, suites }: Taking,
): Promise<string[]> {
  const queued = await store.list({ model, states: ["queued"] });
  const asked = queued.filter((sample) => suites.isAsked(sample));
  await store.hold(
    asked.map(({ id }) => id),
    "asked",
  );
  const taken = await store.takeQueue(model, { run, perUser });
  if (taken.length > 0) return taken.map(lineOf);
  throw new AppError(
    "invalid_input",
    `No sample with a right word waits for ${model}. Correct answers on the Fill page, or import ` +
      "a file with `whetstone feedback import`.",
    { details: { model } },
  );
}

/** What a person should know of samples that a run has just left for the next one. */
export async function notesOnWaiting(
  store: Pick<FeedbackStore, "waiting">,
  model: string,
  perUser: number,
): Promise<string[]> {
  const { ready, later } = await store.waiting(model, perUser);
  const count = ready + later;
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? "sample is" : "samples are"} left for the next run: one takes at ` +
      `most ${perUser} on one user's word alone (feedback.samplesPerUser)`,
  ];
}

/** More would make a run long to prepare; each pass repeats some of them. */
const EARLIER_MAX = 500;

/**
 * What earlier versions learned, the newest of it, as lines of a file for `run`, which repeats it:
 * it may begin at a version that has not learned them, and what a run does not show may be
 * forgotten.
 */
export async function takeEarlier(
  registry: Pick<Registry, "feedback" | "learned" | "showModel">,
  model: string,
  run: string,
): Promise<EarlierLines> {
  const most = EARLIER_MAX;
  const kept = await keptSamples(registry, model, most);
  const besides = kept.map(({ at }) => at);
  const learned = await registry.feedback.takeEarlier(model, { run, most, besides });
  const texts = new Set(learned.map(({ text }) => text));
  const others = kept.filter(({ text }) => !texts.has(text)).slice(0, most - learned.length);
  return { fed: learned.map(lineOf), kept: others.map(({ line }) => line).toReversed() };
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
  const lines = readFileSync(file, "utf8").split("\n");
  const textOf = (row: number): string =>
    (JSON.parse(lines[row - 1] ?? "{}") as { readonly text?: string }).text ?? "";
  const doubts = suspects.map(({ row, margin, rival }) => {
    return [textOf(row), { margin, rival: rival.answer }] as const;
  });
  await store.noteDoubts(run, new Map(doubts));
  if (leftOut.length > 0) {
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

/** What a command trains on. */
export interface TrainingMaterial extends AsyncDisposable {
  readonly samplesFile: string;
  /** What earlier versions learned, to be repeated. */
  readonly earlierFile: string | undefined;
  readonly run: string;
  /** Where the samples came from; undefined for running text. */
  readonly origins: SampleOrigins | undefined;
  /** What a person should know of what waits. */
  readonly notes: readonly string[];
  /** A version has learned from it, less the suspects; what came from a file is kept with it. */
  learned(version: Learner, suspects: readonly Suspect[]): Promise<void>;
}

export interface MaterialWish {
  readonly model: string;
  /** What a person named; undefined: what waits in feedback. */
  readonly samplesFile: string | undefined;
  /** Whether what earlier versions learned is repeated. */
  readonly isRepeating: boolean;
  /** The most samples that stand on one user's word. */
  readonly perUser: number;
  readonly suites: Taking["suites"];
  /** For what is kept of a file. */
  readonly scrubber: Scrubber;
  /** The process that trains. */
  readonly pid: number;
}

/**
 * The samples of a command and those that it repeats, as files. What it takes from feedback waits
 * again when it is disposed of without a version; so does what a command took that was killed, and
 * the same samples give the same run, which is then continued. Errors as `takeSamples`.
 */
export async function openTrainingMaterial(
  registry: Pick<Registry, "dataDirectory" | "feedback" | "learned" | "showModel">,
  { model, samplesFile, isRepeating, perUser, suites, scrubber, pid }: MaterialWish,
): Promise<TrainingMaterial> {
  const { dataDirectory, feedback } = registry;
  const files = new RunFiles(dataDirectory);
  const taken = await feedback.list({ model, states: ["in-run"] });
  const runs = new Set([...files.withSamples(), ...taken.map(({ run }) => run ?? "")]);
  for (const left of runs) {
    const holder = COMMAND.exec(left)?.[1];
    if (holder === undefined || isAlive(Number(holder))) continue;
    await feedback.releaseRun(left);
    files.removeSamples(left);
  }
  const run = `command-${pid}-${randomUUID()}`;
  if (samplesFile === undefined) {
    files.writeSamples(run, await takeSamples(feedback, model, { run, perUser, suites }));
  }
  // Running text is not made of samples.
  const kept = isRepeating ? samplesFile : undefined;
  const origins = async (): Promise<SampleOrigins | undefined> => {
    if (samplesFile === undefined) {
      return feedbackOrigins(feedback, run, files.samplesFileOf(run));
    }
    return kept === undefined ? undefined : sampleOrigins(kept, { from: "file", scrubber });
  };
  const counted = await origins();
  const notes = samplesFile ? [] : await notesOnWaiting(feedback, model, perUser);
  if (isRepeating) files.writeEarlier(run, await takeEarlier(registry, model, run));
  return {
    samplesFile: samplesFile ?? files.samplesFileOf(run),
    earlierFile: files.earlierFileOf(run),
    run,
    origins: counted,
    notes,
    learned: async (version, suspects) => {
      const keptFile = files.keptFileOf(run);
      await keepLearned(registry, version, { samplesFile: kept, keptFile, scrubber });
      if (samplesFile !== undefined) return feedback.markUsed(run, version);
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
export function lineOf(sample: SampleContent): string {
  const { text, answers, rejected, domain, source } = sample;
  const reviewed = sample.isReviewed === true || undefined;
  return JSON.stringify({ text, answers, rejected, domain, source, reviewed });
}
