// Keeps what suites ask out of what is learned: a version that has seen the questions would tell
// nothing by its answers.

import { existsSync } from "node:fs";
import { AppError, bareText } from "../../base/index.ts";
import {
  fillBlanks,
  findBlanks,
  readSamples,
  readTrainingSamples,
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

interface EarlierWish extends Pick<RunControl, "onProgress"> {
  /** Whether samples without a right word are left out. */
  readonly isAnsweredOnly?: boolean;
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
 * about the text of a new sample, whose word is the last one and may be held out. A new sample
 * without a right word has the last word on its wrong ones alone. Says how many.
 */
export function readEarlier(
  file: string | undefined,
  others: readonly Sample[],
  { isAnsweredOnly = false, onProgress }: EarlierWish,
): SampleInFile[] {
  if (file === undefined) return [];
  const answered = others.filter(({ answers }) => answers.length > 0);
  const unanswered = others.filter(({ answers }) => answers.length === 0);
  const wrong = new Set(unanswered.flatMap((each) => sentencesWith(each, each.rejected)));
  const earlier = unlike(answered, readTrainingSamples(file)).filter((sample) => {
    const isWrong = sentencesWith(sample, sample.answers).some((each) => wrong.has(each));
    return !isWrong && !(isAnsweredOnly && sample.answers.length === 0);
  });
  const text = `samples that earlier versions learned and this run repeats: ${earlier.length}`;
  if (earlier.length > 0) onProgress({ phase: "note", text });
  return earlier;
}

/** The samples that say nothing about a text of the others. */
export function unlike<T extends Sample>(others: readonly Sample[], samples: readonly T[]): T[] {
  const theirs = new Set(others.flatMap(formsOf));
  return samples.filter((sample) => !formsOf(sample).some((form) => theirs.has(form)));
}

/**
 * The text with its blanks open, and with each answer in the first of them, or with each wrong word
 * where no answer is known; as they compare.
 */
function formsOf(sample: Sample): string[] {
  const { answers, rejected } = sample;
  return sentencesWith(sample, [OPEN, ...(answers.length > 0 ? answers : rejected)]);
}

/** The text with each of the words in its first blank, the others open; as they compare. */
function sentencesWith(sample: Sample, words: readonly string[]): string[] {
  const blanks = findBlanks({ ...sample, topK: 1 });
  return words.map((first) => {
    const fillings = blanks.map((_, i) => (i === 0 ? first : OPEN));
    return bareText(fillBlanks(sample.text, blanks, fillings));
  });
}

/** Stands for a blank in texts that are compared. */
const OPEN = "□";
