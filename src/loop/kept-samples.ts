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

/** What a sample says of its text. */
interface Said {
  readonly answers: readonly string[];
  readonly rejected: readonly string[];
}

/** A sample that some version learned and keeps. */
export interface KeptSample extends Said {
  readonly text: string;
  readonly line: string;
  /** When the version was made, ISO 8601; "" for one whose own files are gone: the oldest. */
  readonly at: string;
}

/**
 * What the versions of a model keep, those that the gate refused and samples that they left out
 * aside: of each text what was said last, `most` of them, those with a right word before others and
 * the newest before older ones; the newest first.
 */
export async function keptSamples(
  registry: Pick<Registry, "learned" | "showModel">,
  model: string,
  most: number,
): Promise<readonly KeptSample[]> {
  const { learned } = registry;
  const { versions } = await registry.showModel(model);
  const good = versions.filter(({ state }) => state === "ready").toReversed();
  const found: KeptSample[] = [];
  let answeredCount = 0;
  const newest = new Map<string, KeptSample>();
  const take = async (
    file: string | undefined,
    { at, leftOut }: { readonly at: string; readonly leftOut: ReadonlySet<number> },
  ): Promise<void> => {
    if (file === undefined || answeredCount >= most) return;
    const { parseSample, readLines } = await import("../tasks/fill-mask/index.ts");
    for (const [i, line] of [...readLines(file).entries()].toReversed()) {
      if (answeredCount >= most || line.trim() === "" || leftOut.has(i + 1)) continue;
      const { text, answers, rejected } = parseSample(line, i + 1, { isAnswerOptional: true });
      const sample = { text, answers, rejected, line, at };
      if (replaces(newest.get(sample.text), sample)) continue;
      newest.set(sample.text, sample);
      found.push(sample);
      if (isAnswered(sample)) answeredCount++;
    }
  };
  for (const version of good) {
    const leftOut = new Set((version.metrics["leftOut"] as number[] | undefined) ?? []);
    await take(learned.samplesFileOf(version), { at: version.createdAt, leftOut });
  }
  for (const version of good) {
    await take(learned.earlierFileOf(version), { at: "", leftOut: new Set() });
  }
  const wrongCount = Math.max(0, most - answeredCount);
  const wrong = new Set(found.filter((each) => !isAnswered(each)).slice(0, wrongCount));
  return found.filter((each) => isAnswered(each) || wrong.has(each));
}

const isAnswered = ({ answers }: Said): boolean => answers.length > 0;

/**
 * Whether a newer sample of the same text leaves nothing to repeat of an older one. Where the newer
 * one only says what is wrong, it does unless the older one has a right word that is another.
 */
export function replaces(newer: Said | undefined, older: Said): boolean {
  if (newer === undefined) return false;
  if (newer.answers.length > 0 || older.answers.length === 0) return true;
  return older.answers.some((word) => newer.rejected.includes(word));
}
