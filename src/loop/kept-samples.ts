// What versions learned from files and requests: kept without personal data while the version is,
// so that its training can be run again and later ones can repeat it. What came from feedback is
// not here: it stays where people can delete it.

import { readFile } from "node:fs/promises";
import type { Scrubber } from "../feedback/index.ts";
import { mapInTurns } from "../jobs/index.ts";
import type { Learner, Registry } from "../registry/index.ts";
import { scrubbed } from "./scrubbed-sample.ts";

/** A larger file is too much to keep a second time. */
const KEPT_MAX = 20_000;

/** Where the lines are that a version shall keep. */
export interface LearnedFrom {
  /** Its samples, unless they came from feedback. */
  readonly samplesFile?: string | undefined;
  /** What it repeated of the samples that were kept before. */
  readonly keptFile?: string | undefined;
  /** For a file that nobody has scrubbed yet. */
  readonly scrubber?: Scrubber | undefined;
}

/** Keeps what a version has learned from; a file that is too large, or cannot be scrubbed, not. */
export async function keepLearned(
  { learned }: Pick<Registry, "learned">,
  version: Learner,
  { samplesFile, keptFile, scrubber }: LearnedFrom,
): Promise<void> {
  await learned.keep(version, {
    samples: samplesFile === undefined ? undefined : await storable(samplesFile, scrubber),
    earlier: keptFile === undefined ? undefined : await readFile(keptFile),
  });
}

/** The file as it is where nothing in it is personal, so that it stays the one that was learned. */
async function storable(
  file: string,
  scrubber: Scrubber | undefined,
): Promise<Uint8Array | undefined> {
  if (scrubber === undefined) return readFile(file);
  const { readSamples } = await import("../tasks/fill-mask/index.ts");
  try {
    const samples = readSamples(file);
    if (samples.length > KEPT_MAX) return undefined;
    const lines = await mapInTurns(samples, (inFile) => {
      const { row, ...sample } = inFile;
      const line = JSON.stringify(scrubbed(inFile, scrubber));
      return { row, line, isChanged: line !== JSON.stringify(sample) };
    });
    if (!lines.some(({ isChanged }) => isChanged)) return await readFile(file);
    // Each in the row that it had, by which a version names those that it left out.
    const rows = Array.from({ length: lines.at(-1)?.row ?? 0 }, () => "");
    for (const { row, line } of lines) rows[row - 1] = line;
    return Buffer.from(rows.map((line) => `${line}\n`).join(""));
  } catch {
    // What was learned is learned; but what may hold personal data is never stored.
    return undefined;
  }
}

/** A sample that some version learned and keeps. */
export interface KeptSample {
  readonly text: string;
  readonly line: string;
  /** When the version was made, ISO 8601; "" for one whose own files are gone: the oldest. */
  readonly at: string;
}

/**
 * What the versions of a model keep, those that the gate refused and samples that they left out
 * aside: each text once, the newest `most`, the newest first.
 */
export async function keptSamples(
  registry: Pick<Registry, "learned" | "showModel">,
  model: string,
  most: number,
): Promise<readonly KeptSample[]> {
  const { learned } = registry;
  const { versions } = await registry.showModel(model);
  const good = versions.filter(({ state }) => state === "ready").toReversed();
  const found = new Map<string, KeptSample>();
  const take = async (
    file: string | undefined,
    { at, leftOut }: { readonly at: string; readonly leftOut: ReadonlySet<number> },
  ): Promise<void> => {
    if (file === undefined || found.size >= most) return;
    const { readLines } = await import("../tasks/fill-mask/index.ts");
    for (const [i, line] of [...readLines(file).entries()].toReversed()) {
      if (found.size >= most || line.trim() === "" || leftOut.has(i + 1)) continue;
      const { text } = JSON.parse(line) as { readonly text: string };
      if (!found.has(text)) found.set(text, { text, line, at });
    }
  };
  for (const version of good) {
    const leftOut = new Set((version.metrics["leftOut"] as number[] | undefined) ?? []);
    await take(learned.samplesFileOf(version), { at: version.createdAt, leftOut });
  }
  for (const version of good) {
    await take(learned.earlierFileOf(version), { at: "", leftOut: new Set() });
  }
  return [...found.values()];
}
