// A text with several blanks as the sentence of one: which words stand in the others. Pure.

import { AppError } from "../base/index.ts";
import type { OfferedWord, Opinion, Prediction } from "../registry/index.ts";
import { withOneBlank } from "./sample-text.ts";

/**
 * The text of an answer with one blank left. The others get the words that the same user called
 * right, in `said` (oldest first), else what the model put first and that user did not call wrong.
 *
 * @throws AppError `invalid_input` for another blank that was left open: a sentence without one of
 * its words would teach nonsense.
 */
export function sentenceOf(
  { text, blanks }: Pick<Prediction, "text" | "blanks">,
  blank: number,
  said: readonly Opinion[] = [],
): string {
  const words = blanks.map((offered, i) => {
    const about = said.filter((opinion) => opinion.blank === i);
    const word = wordIn(offered, about);
    if (word !== undefined || i === blank) return word ?? "";
    throw new AppError(
      "invalid_input",
      `Blank ${i} of the prediction was left open, so that the sentence around blank ${blank} is ` +
        `not known. Ask again with a word in blank ${i}, and judge that prediction.`,
      { details: { blank: i } },
    );
  });
  return withOneBlank(text, blank, words);
}

function wordIn(offered: readonly OfferedWord[], said: readonly Opinion[]): string | undefined {
  const isRight = new Map<string, boolean>();
  for (const { candidate, verdict, answer } of said) {
    isRight.set(candidate, verdict === "accept");
    if (verdict === "reject" && answer !== null) isRight.set(answer, true);
  }
  const right = [...isRight].findLast(([, is]) => is)?.[0];
  const open = offered.find(({ text }) => isRight.get(text) !== false) ?? offered[0];
  return right ?? open?.text;
}
