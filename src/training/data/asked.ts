// Keeps what suites ask out of what is learned: a version that has seen the questions would tell
// nothing by its answers.

import {
  fillBlanks,
  findBlanks,
  type Sample,
  type SampleInFile,
} from "../../tasks/fill-mask/index.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { noteLeftOut } from "./left-out.ts";

/** Leaves out samples that a suite asks, whatever their answer is, and says so. */
export function withoutAsked(
  samples: readonly SampleInFile[],
  questions: readonly Sample[],
  control: Pick<RunControl, "onProgress">,
): SampleInFile[] {
  const asked = new Set(questions.flatMap(formsOf));
  const left = samples.filter((sample) => !formsOf(sample).some((form) => asked.has(form)));
  noteLeftOut(samples, left, { why: "since suites ask them", control });
  return left;
}

/** The text with its blanks open, and with each answer in the first of them. */
function formsOf(sample: Sample): string[] {
  const blanks = findBlanks({ ...sample, topK: 1 });
  const withFirst = (first: string): string => {
    const fillings = blanks.map((_, i) => (i === 0 ? first : "___"));
    return fillBlanks(sample.text, blanks, fillings).normalize("NFC");
  };
  return ["___", ...sample.answers].map(withFirst);
}
