// Keeps what suites ask out of what is learned: a version that has seen the questions would tell
// nothing by its answers.

import { existsSync } from "node:fs";
import { AppError, bareText } from "../../base/index.ts";
import {
  fillBlanks,
  findBlanks,
  readSamples,
  type Sample,
  type SampleInFile,
} from "../../tasks/fill-mask/index.ts";
import type { Suite } from "../order.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { noteLeftOut } from "./left-out.ts";

/** A suite with its questions. */
export interface AskedSuite extends Suite {
  readonly asked: readonly SampleInFile[];
}

/** What suites ask; a run that is continued does without own ones removed since it began. */
export function readSuites(suites: readonly Suite[]): AskedSuite[] {
  const present = suites.filter(({ kind, file }) => kind !== "own" || existsSync(file));
  return present.map((suite) => ({ ...suite, asked: readSamples(suite.file) }));
}

/**
 * Leaves out samples that a suite asks, whatever their answer is, and says so.
 *
 * @throws AppError `invalid_input` when that leaves none.
 */
export function withoutAsked(
  samples: readonly SampleInFile[],
  questions: readonly Sample[],
  control: Pick<RunControl, "onProgress">,
): SampleInFile[] {
  const left = unlike(questions, samples);
  if (left.length === 0) {
    throw new AppError(
      "invalid_input",
      `suites ask all of the ${samples.length} samples, so that none of them may be learned; ` +
        "give others, or remove the suite of your own that asks them",
    );
  }
  noteLeftOut(samples, left, { why: "since suites ask them", control });
  return left;
}

/**
 * Samples of earlier runs that this one repeats: none that a suite asks, or that says something
 * about the text of a new sample, whose word is the last one and may be held out. Says how many.
 */
export function readEarlier(
  file: string | undefined,
  others: readonly Sample[],
  { onProgress }: Pick<RunControl, "onProgress">,
): SampleInFile[] {
  if (file === undefined) return [];
  const earlier = unlike(others, readSamples(file));
  const text = `samples that earlier versions learned and this run repeats: ${earlier.length}`;
  if (earlier.length > 0) onProgress({ phase: "note", text });
  return earlier;
}

function unlike<T extends Sample>(others: readonly Sample[], samples: readonly T[]): T[] {
  const theirs = new Set(others.flatMap(formsOf));
  return samples.filter((sample) => !formsOf(sample).some((form) => theirs.has(form)));
}

/** The text with its blanks open, and with each answer in the first of them; as they compare. */
function formsOf(sample: Sample): string[] {
  const blanks = findBlanks({ ...sample, topK: 1 });
  const withFirst = (first: string): string => {
    const fillings = blanks.map((_, i) => (i === 0 ? first : OPEN));
    return bareText(fillBlanks(sample.text, blanks, fillings));
  };
  return [OPEN, ...sample.answers].map(withFirst);
}

/** Stands for a blank in texts that are compared. */
const OPEN = "□";
