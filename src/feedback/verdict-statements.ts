// A verdict as it is filed: in its own sentence, and with it once more what the same user said of
// the other blanks, since the word that is right here stands in their sentences. Pure but for the
// scrubber it is given.

import type { Opinion, Prediction, Statement } from "../registry/index.ts";
import { sentenceOf } from "./other-blanks.ts";
import type { ScrubbedSample, Scrubber } from "./scrub/scrubber.ts";
import { ruleOn, type Verdict } from "./verdict.ts";

export interface VerdictFacts {
  readonly prediction: Prediction;
  /** A hash, or nobody's. */
  readonly user: string;
  /** What this user has said of the prediction until now, oldest first. */
  readonly said: readonly Opinion[];
  readonly scrubber: Scrubber;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  readonly at: string;
}

/**
 * What to file, the verdict itself first.
 *
 * @throws AppError `invalid_input`, or of the scrubber.
 */
export function verdictStatements(verdict: Verdict, facts: VerdictFacts): Statement[] {
  const { prediction, user, said, scrubber, receivedAt, at } = facts;
  const { blank, best, ...words } = ruleOn(verdict, prediction, scrubber);
  const cleanIn = (
    { blank: open, candidate, answer }: Pick<Opinion, "blank" | "candidate" | "answer">,
    others: readonly Opinion[],
  ): ScrubbedSample => {
    const text = sentenceOf(prediction, open, others);
    return scrubber.scrubSample({ text, words: [candidate, ...(answer === null ? [] : [answer])] });
  };
  const common = { model: prediction.model, source: "feedback" } as const;
  const clean = cleanIn({ blank, ...words }, said);
  const [candidate = words.candidate, answer = null] = clean.words;
  const opinion: Opinion = {
    origin: prediction.id,
    blank,
    candidate,
    user,
    verdict: verdict.verdict,
    answer,
    at,
    best: best?.text ?? null,
    bestScore: best?.score ?? null,
  };
  const isReplaced = (each: Opinion): boolean =>
    each.blank === blank && each.candidate === candidate;
  const now = [...said.filter((each) => !isReplaced(each)), opinion];
  const others = said.filter((each) => each.blank !== blank);
  return [
    { ...common, text: clean.text, receivedAt, opinion },
    ...others.map((each) => ({ ...common, text: cleanIn(each, now).text, opinion: each })),
  ];
}
