// What a verdict on a prediction means: which candidate of which blank, and which word is right
// instead. Pure but for the scrubber it is given. In which sentence that is so is not known here.

import { AppError } from "../base/index.ts";
import type { OfferedWord, Prediction } from "../registry/index.ts";
import { checkedWord } from "./sample-text.ts";
import type { Scrubber } from "./scrub/scrubber.ts";

/** ✓ or ✗ for one candidate of a prediction. */
export interface Verdict {
  readonly predictionId: string;
  readonly verdict: "accept" | "reject";
  /** The first one when absent; a blank that was left open has none. */
  readonly candidate?: string | undefined;
  /** From 0; the first when absent. */
  readonly blank?: number | undefined;
  /** The right word, with "reject". */
  readonly answer?: string | undefined;
  readonly userKey?: string | undefined;
  /** The name of the client's key, which stands for the user where nobody names one. */
  readonly client?: string | undefined;
}

/** A verdict with the words as they were said. */
export interface Ruling {
  readonly blank: number;
  /** Empty where none was offered. */
  readonly candidate: string;
  readonly answer: string | null;
  /** What the model put first. */
  readonly best: OfferedWord | undefined;
}

/**
 * Reads a verdict on a prediction.
 *
 * @throws AppError `invalid_input`, or of the scrubber.
 */
export function ruleOn(verdict: Verdict, prediction: Prediction, scrubber: Scrubber): Ruling {
  const { blank = 0 } = verdict;
  const offered = prediction.blanks[blank];
  if (offered === undefined) throw unknownBlank(blank, prediction.blanks.length);
  const candidate = candidateOf(verdict, { offered, text: prediction.text, scrubber });
  const answer = answerOf(verdict, candidate) ?? null;
  return { blank, candidate: candidate ?? "", answer, best: offered[0] };
}

interface Offer {
  readonly offered: readonly OfferedWord[];
  readonly text: string;
  readonly scrubber: Scrubber;
}

/** The candidate that is meant, as it was stored; none where the right word is all there is. */
function candidateOf(
  { candidate: given, verdict, answer }: Verdict,
  { offered, text, scrubber }: Offer,
): string | undefined {
  const [first] = offered;
  if (first === undefined) {
    if (given === undefined && verdict === "reject" && answer !== undefined) return undefined;
    throw new AppError(
      "invalid_input",
      "The prediction has no candidates for this blank, which was left open; expected the " +
        'verdict "reject" with the right word as "answer", and no "candidate".',
    );
  }
  if (given === undefined) return first.text;
  if (offered.some((word) => word.text === given)) return given;
  // Words that the caller had given to choose among were scrubbed before they were stored.
  const clean = scrubber.scrubSample({ text, words: [given] }).words[0];
  if (clean !== undefined && offered.some((word) => word.text === clean)) return clean;
  const known = offered.map((word) => word.text).join(", ");
  throw new AppError(
    "invalid_input",
    `The candidate ${JSON.stringify(given.slice(0, 40))} was not offered for this blank; ` +
      `offered were ${known}. A word of your own goes into "answer", with the verdict "reject".`,
  );
}

function answerOf({ verdict, answer }: Verdict, candidate: string | undefined): string | undefined {
  if (answer === undefined) return undefined;
  if (verdict === "accept") {
    throw new AppError(
      "invalid_input",
      'An "answer" goes with the verdict "reject"; "accept" says that the candidate is right.',
    );
  }
  const word = checkedWord(answer, "The answer");
  if (word !== candidate) return word;
  throw new AppError(
    "invalid_input",
    `The answer is the rejected candidate itself, ${word}; send "accept" if it is right.`,
  );
}

function unknownBlank(blank: number, count: number): AppError {
  const expected = count === 1 ? "0" : `0 to ${count - 1}`;
  return new AppError(
    "invalid_input",
    `There is no blank ${blank} in the prediction; expected ${expected}.`,
    { details: { blank, count } },
  );
}
