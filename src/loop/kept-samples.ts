// What versions learned from files and requests: kept without personal data while the version is,
// so that its training can be run again and later ones can repeat it. What came from feedback is
// not here: it stays where people can delete it.

import { readFile } from "node:fs/promises";
import type { Learner, Registry } from "../registry/index.ts";

/** Samples of a file; a larger one is too much to keep a second time. */
export const KEPT_MAX = 20_000;

/** Where the lines are that a version shall keep, free of personal data. */
export interface LearnedFrom {
  /** Its samples, unless they came from feedback. */
  readonly samplesFile?: string | undefined;
  /** What it repeated of the samples that were kept before. */
  readonly keptFile?: string | undefined;
}

/** Keeps what a version has learned from. */
export async function keepLearned(
  { learned }: Pick<Registry, "learned">,
  version: Learner,
  { samplesFile, keptFile }: LearnedFrom,
): Promise<void> {
  await learned.keep(version, {
    samples: samplesFile === undefined ? undefined : await readFile(samplesFile),
    earlier: keptFile === undefined ? undefined : await readFile(keptFile),
  });
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
