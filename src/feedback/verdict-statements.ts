// A verdict as it is filed: in its own sentence, and with it once more what the same user said of
// the other blanks, since the word that is right here stands in their sentences. Pure but for the
// scrubber it is given.

import type { Opinion, Prediction, Statement } from "../registry/index.ts";
import { sentenceOf } from "./other-blanks.ts";
import type { Scrubber } from "./scrub/scrubber.ts";
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

type Clean = Pick<Opinion, "candidate" | "answer"> & { readonly text: string };

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
  ): Clean => {
    const text = sentenceOf(prediction, open, others);
    // A blank that was left open has no candidate.
    const known = [candidate, answer ?? ""].filter((word) => word !== "");
    const clean = scrubber.scrubSample({ text, words: known });
    const [first = "", second = null] = candidate === "" ? ["", ...clean.words] : clean.words;
    return { text: clean.text, candidate: first, answer: second };
  };
  const common = { model: prediction.model, source: "feedback" } as const;
  const { text, candidate, answer } = cleanIn({ blank, ...words }, said);
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
    { ...common, text, receivedAt, opinion },
    ...others.map((each) => ({ ...common, text: cleanIn(each, now).text, opinion: each })),
  ];
}
