// The suites that a model is measured on: those that ship, the locked golden set among them, and
// those that people add. The latter are files, <data directory>/suites/<model>/<name>.jsonl; each
// is written once, whole, and only ever removed, so that what was measured on it stays comparable.

import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";
import type { Scrubber } from "../feedback/index.ts";
import { suitesIn, type Registry, type SuiteKind } from "../registry/index.ts";
import type { Suite } from "../training/index.ts";
import { cleanRows, listed } from "./clean-rows.ts";
import { scrubbed } from "./scrubbed-sample.ts";

export interface ShippedSuites {
  readonly probeFiles: readonly string[];
  /** Questions that nothing is ever trained on or chosen by. */
  readonly goldenFile: string;
}

type DataDirectory = Pick<Registry, "dataDirectory">;

const ENDING = /\.jsonl(\.gz)?$/;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u;
/** All suites are gone through for every probe run. */
const QUESTIONS_MAX = 10_000;
/** Of a bad name, in a message. */
const SHOWN_CHARACTERS_MAX = 80;

/** All suites of a model: probes, the golden set, then its own by name. */
export function suitesOf(
  { dataDirectory }: DataDirectory,
  model: string,
  shipped: ShippedSuites,
): Suite[] {
  const directory = directoryOf(dataDirectory, model);
  const own = existsSync(directory) ? readdirSync(directory).toSorted() : [];
  return [
    ...shipped.probeFiles.map((file) => suiteIn(file, "probe")),
    suiteIn(shipped.goldenFile, "golden"),
    ...own
      .filter((name) => ENDING.test(name) && !name.startsWith("."))
      .map((name) => suiteIn(path.join(directory, name), "own")),
  ];
}

/** A suite with what its file holds; never the questions themselves. */
export interface DescribedSuite extends Pick<Suite, "name" | "kind"> {
  /** Questions; null for a file that cannot be read. */
  readonly count: number | null;
  readonly sha256: string | null;
}

/**
 * All suites of "id" as `suitesOf`, described, without those that are removed meanwhile; throws
 * `unknown_model`, `unknown_version`.
 */
export async function listSuites(
  registry: Pick<Registry, "dataDirectory" | "resolve">,
  reference: string,
  shipped: ShippedSuites,
): Promise<{ readonly model: string; readonly suites: DescribedSuite[] }> {
  const { id: model } = await registry.resolve(reference);
  const suites = await Promise.all(suitesOf(registry, model, shipped).map(described));
  return { model, suites: suites.filter((suite) => suite !== undefined) };
}

/** Where the questions of a new suite are: in a file, or in the text of one. */
export type SuiteSource = { readonly file: string } | { readonly text: string };

/**
 * Adds samples as a suite of a model, without personal data.
 *
 * @throws AppError `invalid_input` for a bad name or too many samples, `conflict` for a name that
 *   is taken, `bad_row` with the rows that cannot be freed of personal data, `scrub_failed` where
 *   that is all of them, and as `readSamples`.
 */
export async function addSuite(
  registry: Pick<Registry, "dataDirectory" | "resolve">,
  added: { readonly model: string; readonly name: string; readonly from: SuiteSource },
  { shipped, scrubber }: { readonly shipped: ShippedSuites; readonly scrubber: Scrubber },
): Promise<Suite> {
  const { name, from } = added;
  requireSuiteName(name);
  const { id: model } = await registry.resolve(added.model);
  requireFree(name, { model, suites: suitesOf(registry, model, shipped) });
  const { readSamples, samplesIn } = await import("../tasks/fill-mask/index.ts");
  const { writeFileAtomically } = await import("../checkpoint/index.ts");
  const samples =
    "file" in from ? readSamples(from.file) : samplesIn(from.text.split(/\r?\n/), name);
  if (samples.length > QUESTIONS_MAX) throw tooMany(samples.length);
  const { cleaned, blocked } = await cleanRows(samples, (sample) =>
    JSON.stringify(scrubbed(sample, scrubber)),
  );
  if (blocked.length > 0) throw cannotBeCleaned(name, blocked);
  const lines = cleaned.map(({ line = "" }) => `${line}\n`);
  // Somebody else may have added it meanwhile.
  requireFree(name, { model, suites: suitesOf(registry, model, shipped) });
  const directory = directoryOf(registry.dataDirectory, model);
  const file = path.join(directory, `${name}.jsonl`);
  mkdirSync(directory, { recursive: true });
  writeFileAtomically(file, (append) => append(Buffer.from(lines.join(""))));
  return { name, kind: "own", file };
}

/** Removes a suite that a person added; throws `not_found`, `forbidden` for one that ships. */
export async function removeSuite(
  registry: Pick<Registry, "dataDirectory" | "resolve">,
  removed: { readonly model: string; readonly name: string },
  shipped: ShippedSuites,
): Promise<void> {
  const { id: model } = await registry.resolve(removed.model);
  const suites = suitesOf(registry, model, shipped);
  const found = suites.find(({ name }) => name === removed.name);
  if (found === undefined) throw unknownSuite(model, removed.name, suites);
  if (found.kind !== "own") {
    throw new AppError("forbidden", `The suite "${found.name}" ships with the program; it stays.`);
  }
  rmSync(found.file, { force: true });
}

/** What a suite is called by its file. */
export function suiteNameOf(file: string): string {
  return path.basename(file).replace(ENDING, "");
}

/** Whether a suite may be called so. */
export function isSuiteName(name: string): boolean {
  return NAME.test(name);
}

function suiteIn(file: string, kind: SuiteKind): Suite {
  return { name: suiteNameOf(file), kind, file };
}

async function described({ name, kind, file }: Suite): Promise<DescribedSuite | undefined> {
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { readLines } = await import("../tasks/fill-mask/index.ts");
  try {
    const count = readLines(file).filter((line) => line.trim() !== "").length;
    return { name, kind, count, sha256: await sha256OfFile(file) };
  } catch {
    // One bad file hides no other.
    if (kind === "own" && !existsSync(file)) return undefined;
    return { name, kind, count: null, sha256: null };
  }
}

function directoryOf(dataDirectory: string, model: string): string {
  return path.join(suitesIn(dataDirectory), model);
}

function requireSuiteName(name: string): void {
  if (isSuiteName(name)) return;
  throw new AppError(
    "invalid_input",
    `The name of the suite is ${shown(name)}; expected 1 to 40 letters ` +
      '(Chinese ones too), digits, ".", "_" and "-", beginning with a letter or digit.',
  );
}

function requireFree(
  name: string,
  { model, suites }: { readonly model: string; readonly suites: readonly Suite[] },
): void {
  if (!suites.some((suite) => suite.name === name)) return;
  throw new AppError(
    "conflict",
    `${model} has a suite "${name}" already. Choose another name, or remove that one first; ` +
      "what was measured on it stays.",
    { details: { model, suite: name } },
  );
}

function shown(name: string): string {
  return JSON.stringify(name.slice(0, SHOWN_CHARACTERS_MAX));
}

function unknownSuite(model: string, name: string, suites: readonly Suite[]): AppError {
  const known = suites.map((suite) => suite.name);
  return new AppError(
    "not_found",
    `${model} has no suite ${shown(name)}; it has ${known.join(", ")}.`,
    { details: { model, suite: name, known } },
  );
}

/** A suite stays as it is for good, so it is taken whole or not at all. */
function cannotBeCleaned(name: string, rows: readonly number[]): AppError {
  return new AppError(
    "bad_row",
    `The suite "${name}" was not added: ${listed(rows)} cannot be freed of personal data. ` +
      "Shorten or rewrite them, or leave them out.",
    { details: { rows } },
  );
}

function tooMany(count: number): AppError {
  return new AppError(
    "invalid_input",
    `The suite has ${count} questions; at most ${QUESTIONS_MAX} are taken. Split it.`,
    { details: { count, limit: QUESTIONS_MAX } },
  );
}
