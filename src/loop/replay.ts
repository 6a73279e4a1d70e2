// A recorded training, to be run again: from what it learned, what differs by now, and whether it
// came to the same weights. It changes nothing in the registry.

import path from "node:path";
import { AppError } from "../base/index.ts";
import type { Scrubber } from "../feedback/index.ts";
import { type Registry, type Version } from "../registry/index.ts";
import type { FinishedTraining, TrainingRecipe } from "../training/index.ts";
import { lineOf } from "./feedback-samples.ts";
import { requireVersion } from "./read-archive.ts";
import { RunFiles } from "./run-files.ts";
import { scrubFile } from "./scrubbed-file.ts";
import { heldRun } from "./settle-run.ts";
import { trainedFileIn, type TrainingWish } from "./training-order.ts";
import type { TrainingRecord } from "./training-record.ts";

/** What a training has to be run again. Samples made for it are removed when it is disposed of. */
export interface Replay extends Disposable {
  readonly recorded: TrainingRecord;
  /** SHA-256 of the weights that it came to. */
  readonly sha256: string;
  readonly wish: Omit<TrainingWish, "cacheBytesMax" | "limits">;
}

export interface ReplayWish {
  /** What a person named; undefined: what the version keeps, or what is still in feedback. */
  readonly samplesFile?: string | undefined;
  /** For the named file, which was learned without personal data. */
  readonly scrubber: Scrubber;
}

/**
 * Finds what the training of "id@V" needs. Samples come from a named file; without one, from what
 * the version keeps, or they are put together from feedback, where they are as long as nobody
 * deletes or changes them.
 *
 * @throws AppError `conflict` for a version without a record, or samples that are gone or differ;
 *   `invalid_input` without a version, `unknown_model`, `unknown_version`, `not_found`.
 */
export async function openReplay(
  registry: Pick<Registry, "dataDirectory" | "resolve" | "showModel" | "feedback" | "learned">,
  reference: string,
  { samplesFile, scrubber }: ReplayWish,
): Promise<Replay> {
  const version = await versionOf(registry, reference);
  const recorded = version.metrics["record"] as TrainingRecord | undefined;
  if (recorded === undefined || version.parent === null) throw notRecorded(reference);
  const base = await registry.resolve(`${version.model}@${version.parent}`);
  const named =
    samplesFile === undefined
      ? undefined
      : await readNamed(path.resolve(samplesFile), recorded, scrubber);
  const files = await filesAgain(registry, version, named);
  try {
    await requireSameSamples(reference, { samplesFile, files, recorded });
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
  return {
    recorded,
    sha256: version.sha256,
    wish: {
      recipe: recorded.recipe as TrainingRecipe,
      lora: recorded.lora ?? undefined,
      base,
      samplesFile: files.samples,
      earlierFile: files.earlier,
      seed: recorded.seed,
      epochs: recorded.epochs ?? undefined,
      threads: recorded.threads,
      replayOf: reference,
    },
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}

/** Something that weights may depend on, as it was and as it is now. */
export interface Difference {
  readonly what: string;
  readonly recorded: string;
  readonly now: string;
}

/**
 * Where a run would read other files than the recorded one: it could not come to the same.
 *
 * @throws AppError `conflict` naming them.
 */
export function requireSameData(recorded: TrainingRecord, now: TrainingRecord): void {
  // Earlier programs noted suites of patches alone.
  const probes = recorded.probes.length === 0 ? [] : now.probes;
  const differing = differences(dataOf(recorded), dataOf({ ...now, probes })).map(
    ({ what }) => what,
  );
  if (differing.length === 0) return;
  const { version, commit } = recorded.program;
  throw new AppError(
    "conflict",
    `The training cannot be run again: ${differing.join(", ")} ` +
      `${differing.length === 1 ? "is" : "are"} not what was recorded. What ships is in ` +
      `Whetstone ${version}, commit ${commit ?? "unknown"}.`,
    { details: { differing } },
  );
}

/** What may change bits although program and data are meant to be the same. */
export function environmentDifferences(
  recorded: TrainingRecord,
  now: TrainingRecord,
): readonly Difference[] {
  return differences(environmentOf(recorded), environmentOf(now));
}

/** SHA-256 of the weights of a finished training, as a version of it would have. */
export async function sha256OfTrained({ directory }: FinishedTraining): Promise<string> {
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  return sha256OfFile(await trainedFileIn(directory));
}

async function versionOf(
  registry: Pick<Registry, "resolve" | "showModel">,
  reference: string,
): Promise<Version> {
  const { id, version } = await registry.resolve(requireVersion(reference));
  const { versions } = await registry.showModel(id);
  const found = versions.find((each) => each.version === version);
  if (found === undefined) throw notRecorded(reference);
  return found;
}

/** A file that a person named: as it is, or its lines without personal data. */
interface NamedFile {
  readonly file: string;
  readonly lines: readonly string[] | undefined;
}

async function readNamed(
  file: string,
  { samples, recipe }: TrainingRecord,
  scrubber: Scrubber,
): Promise<NamedFile> {
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const isAsLearned = recipe === "pretrain" || (await sha256OfFile(file)) === samples.sha256;
  if (isAsLearned) return { file, lines: undefined };
  try {
    return { file, lines: (await scrubFile(file, scrubber)).lines };
  } catch (error) {
    // Not what was learned from, whatever it is; the SHA-256 will say so.
    if (error instanceof AppError) return { file, lines: undefined };
    throw error;
  }
}

/** What a training reads, put together anew. */
interface ReplayedFiles extends Disposable {
  readonly samples: string;
  readonly earlier: string | undefined;
}

/**
 * The samples that a run took from feedback, unless they are in a file, and those that it repeated,
 * as the files that it made of them.
 */
async function filesAgain(
  { dataDirectory, feedback, learned }: Pick<Registry, "dataDirectory" | "feedback" | "learned">,
  { model, version, metrics }: Version,
  named: NamedFile | undefined,
): Promise<ReplayedFiles> {
  const run = typeof metrics["run"] === "string" ? metrics["run"] : "";
  const files = new RunFiles(dataDirectory);
  const name = heldRun("replay", `${model}-${version}`);
  const learner = { model, version };
  const given = named === undefined ? learned.samplesFileOf(learner) : named.file;
  const lines = given === undefined ? (await feedback.takenBy(run)).map(lineOf) : named?.lines;
  if (lines?.length === 0) throw needsFile(`${model}@${version}`);
  if (lines !== undefined) files.writeSamples(name, lines);
  const fed = (await feedback.repeatedBy(run)).map(lineOf);
  files.writeEarlier(name, { fed, kept: await linesIn(learned.earlierFileOf(learner)) });
  return {
    samples: lines === undefined && given !== undefined ? given : files.samplesFileOf(name),
    earlier: files.earlierFileOf(name),
    [Symbol.dispose]: () => files.removeSamples(name),
  };
}

async function linesIn(file: string | undefined): Promise<string[]> {
  if (file === undefined) return [];
  const { readLines } = await import("../tasks/fill-mask/index.ts");
  return readLines(file).filter((line) => line !== "");
}

/** Throws `conflict` for samples other than those that were recorded. */
async function requireSameSamples(
  reference: string,
  found: {
    readonly samplesFile: string | undefined;
    readonly files: ReplayedFiles;
    readonly recorded: TrainingRecord;
  },
): Promise<void> {
  const { samplesFile, files, recorded } = found;
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const changed = `Some of the samples that ${reference}`;
  const seen = await sha256OfFile(files.samples);
  if (seen !== recorded.samples.sha256) {
    const what =
      samplesFile === undefined
        ? `${changed} learned from were changed or deleted since, or were learned with ` +
          "personal data that is not kept (then name their file with --samples)"
        : `${samplesFile} is not the file that ${reference} learned from`;
    throw otherSamples(what, { seen, recorded: recorded.samples.sha256 });
  }
  const repeated = files.earlier === undefined ? "none" : await sha256OfFile(files.earlier);
  const wanted = recorded.earlier?.sha256 ?? "none";
  if (repeated === wanted) return;
  const what = `${changed} repeated were changed or deleted since`;
  throw otherSamples(what, { seen: repeated, recorded: wanted });
}

function dataOf({ samples, earlier, replay, probes }: TrainingRecord): Map<string, string> {
  return new Map([
    ["the samples", samples.sha256],
    ["the samples repeated", earlier?.sha256 ?? ""],
    ["the replay sentences", replay?.sha256 ?? ""],
    ...probes.map(({ suite, sha256 }) => [`suite ${suite}`, sha256] as const),
  ]);
}

function environmentOf(record: TrainingRecord): Map<string, string> {
  const { program, engine, node, platform, processor, threads } = record;
  return new Map([
    ["version", program.version],
    ["commit", program.commit ?? "unknown"],
    ["engine", engine],
    ["node", node],
    ["platform", platform],
    ["processor", processor.join(" ")],
    ["threads", String(threads)],
  ]);
}

function differences(
  recorded: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): Difference[] {
  const names = [...new Set([...recorded.keys(), ...now.keys()])];
  return names.flatMap((what) => {
    const pair = { recorded: recorded.get(what) ?? "none", now: now.get(what) ?? "none" };
    return pair.recorded === pair.now ? [] : [{ what, ...pair }];
  });
}

function notRecorded(reference: string): AppError {
  return new AppError(
    "conflict",
    `${reference} has no record of a training: it was shipped, added, or trained before records ` +
      "were kept. `whetstone models archive` shows what is known of a version.",
  );
}

function needsFile(reference: string): AppError {
  return new AppError(
    "conflict",
    `What ${reference} learned from is not kept here: it was deleted, is too large, or could not ` +
      "be freed of personal data. Name its file with --samples.",
  );
}

function otherSamples(
  what: string,
  { seen, recorded }: { readonly seen: string; readonly recorded: string },
): AppError {
  return new AppError(
    "conflict",
    `${what}: the SHA-256 is ${shown(seen)}, recorded was ${shown(recorded)}. ` +
      "The training cannot be run again without them.",
    { details: { seen, recorded } },
  );
}

function shown(sha256: string): string {
  return sha256.length > 12 ? `${sha256.slice(0, 12)}…` : sha256;
}
