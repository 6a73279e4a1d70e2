// Samples with a right word, and those of which wrong ones alone are known. The latter are learned
// beside others and never measured: no answer to them would be right.

import { AppError } from "../../base/index.ts";
import type { SampleInFile } from "../../tasks/fill-mask/index.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { noteLeftOut } from "./left-out.ts";

export interface ByAnswer {
  /** At least one. */
  readonly answered: readonly SampleInFile[];
  readonly unanswered: readonly SampleInFile[];
}

/**
 * Tells samples with a right word from the others.
 *
 * @throws AppError `invalid_input` when none has one.
 */
export function byAnswer(samples: readonly SampleInFile[]): ByAnswer {
  const answered = samples.filter(({ answers }) => answers.length > 0);
  if (answered.length === 0) {
    throw new AppError(
      "invalid_input",
      `none of the ${samples.length} samples has a right word, so that nothing would tell what ` +
        'came of learning them; expected at least one with an "answer"',
    );
  }
  return { answered, unanswered: samples.filter(({ answers }) => answers.length === 0) };
}

/**
 * For a recipe that learns right words alone: leaves out samples without one, and says so. Throws
 * as `byAnswer`.
 */
export function withoutUnanswered(
  samples: readonly SampleInFile[],
  recipe: string,
  control: Pick<RunControl, "onProgress">,
): readonly SampleInFile[] {
  const { answered } = byAnswer(samples);
  const why = `since they have no right word and the recipe ${recipe} learns no others`;
  noteLeftOut(samples, answered, { why, control });
  return answered;
}
