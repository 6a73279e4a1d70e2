// A recorded training, to be run again: from what it learned, what differs by now, and whether it
// came to the same weights. It changes nothing in the registry.

import path from "node:path";
import { AppError } from "../base/index.ts";
import { type Registry, type Version } from "../registry/index.ts";
import type { FinishedTraining, TrainingRecipe } from "../training/index.ts";
import { lineOf } from "./feedback-samples.ts";
import { requireVersion } from "./read-archive.ts";
import { RunFiles } from "./run-files.ts";
import type { TrainingWish } from "./training-order.ts";
import type { TrainingRecord } from "./training-record.ts";

/** What a training has to be run again. Samples made for it are removed when it is disposed of. */
export interface Replay extends Disposable {
  readonly recorded: TrainingRecord;
  /** SHA-256 of the weights that it came to. */
  readonly sha256: string;
  readonly wish: Omit<TrainingWish, "cacheBytesMax" | "limits">;
}

/**
 * Finds what the training of "id@V" needs. Samples come from `samplesFile`; without one they are
 * put together from feedback, where they are as long as nobody deletes or changes them.
 *
 * @throws AppError `conflict` for a version without a record, or samples that are gone or differ;
 *   `invalid_input` without a version, `unknown_model`, `unknown_version`, `not_found`.
 */
export async function openReplay(
  registry: Pick<Registry, "dataDirectory" | "resolve" | "showModel" | "feedback">,
  reference: string,
  samplesFile?: string,
): Promise<Replay> {
  const version = await versionOf(registry, reference);
  const recorded = version.metrics["record"] as TrainingRecord | undefined;
  if (recorded === undefined || version.parent === null) throw notRecorded(reference);
  const base = await registry.resolve(`${version.model}@${version.parent}`);
  const samples =
    samplesFile === undefined
      ? await samplesAgain(registry, version)
      : { file: path.resolve(samplesFile), [Symbol.dispose]: () => {} };
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const seen = await sha256OfFile(samples.file);
  if (seen !== recorded.samples.sha256) {
    samples[Symbol.dispose]();
    throw otherSamples(reference, { samplesFile, seen, recorded });
  }
  return {
    recorded,
    sha256: version.sha256,
    wish: {
      recipe: recorded.recipe as TrainingRecipe,
      lora: recorded.lora ?? undefined,
      base,
      samplesFile: samples.file,
      seed: recorded.seed,
      epochs: recorded.epochs ?? undefined,
      threads: recorded.threads,
      replayOf: reference,
    },
    [Symbol.dispose]: () => samples[Symbol.dispose](),
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
  const differing = differences(dataOf(recorded), dataOf(now)).map(({ what }) => what);
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
  const { isPatch, sha256OfFile, PATCH_FILE } = await import("../checkpoint/index.ts");
  const name = isPatch(directory) ? PATCH_FILE : "model.safetensors";
  return sha256OfFile(path.join(directory, name));
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

/** What a run took from feedback, as the file that it made of it. */
async function samplesAgain(
  { dataDirectory, feedback }: Pick<Registry, "dataDirectory" | "feedback">,
  { model, version, metrics }: Version,
): Promise<Disposable & { readonly file: string }> {
  const { run } = metrics;
  const taken = typeof run === "string" ? await feedback.takenBy(run) : [];
  if (taken.length === 0) throw needsFile(`${model}@${version}`);
  const files = new RunFiles(dataDirectory);
  const name = `replay-${model}-${version}-${process.pid}`;
  files.writeSamples(name, taken.map(lineOf));
  return { file: files.samplesFileOf(name), [Symbol.dispose]: () => files.removeSamples(name) };
}

function dataOf({ samples, replay, probes }: TrainingRecord): Map<string, string> {
  return new Map([
    ["the samples", samples.sha256],
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
    `What ${reference} learned from is not kept here: it came from a file, or was deleted. ` +
      "Name the file with --samples.",
  );
}

function otherSamples(
  reference: string,
  {
    samplesFile,
    seen,
    recorded,
  }: { samplesFile: string | undefined; seen: string; recorded: TrainingRecord },
): AppError {
  const { sha256 } = recorded.samples;
  const what =
    samplesFile === undefined
      ? `Some of the samples that ${reference} learned from were changed or deleted since`
      : `${samplesFile} is not the file that ${reference} learned from`;
  return new AppError(
    "conflict",
    `${what}: the SHA-256 is ${seen.slice(0, 12)}…, recorded was ${sha256.slice(0, 12)}…. ` +
      "The training cannot be run again without them.",
    { details: { seen, recorded: sha256 } },
  );
}
