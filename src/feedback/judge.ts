// From what several people said of one blank to what is to be learned, or to a question for a
// reviewer. Pure: the same opinions always come to the same.

import { USER_REVIEWER, type Judgement, type Opinion } from "../registry/index.ts";

/** An answer that the model gives with this confidence is not turned over by one user alone. */
export const CONFIDENT_SCORE = 0.8;
/** Users that it takes to turn over a confident answer without a reviewer. */
const USERS_TO_FLIP = 2;

/** word → user → whether it is right, by the last that the user said of it. */
type Votes = Map<string, Map<string, boolean>>;

/**
 * Weighs opinions, oldest first. A reviewer's words stand; whatever others say of the same words is
 * not looked at. Of a word that one user calls right and another wrong, the sample keeps that it is
 * right, and is held.
 */
export function judge(opinions: readonly Opinion[]): Judgement {
  const reviewed = opinions.filter(({ user }) => user === USER_REVIEWER);
  const decided = votesOf(reviewed);
  const since = reviewed.at(-1)?.at ?? "";
  // What was said before the review was part of what the reviewer saw.
  const open = opinions.filter(({ user, at }) => user !== USER_REVIEWER && at > since);
  const votes = votesOf(reviewed.length === 0 ? opinions : open);
  for (const word of decided.keys()) votes.delete(word);
  const right = [...votes].filter(([, said]) => [...said.values()].includes(true));
  const wrong = [...votes].filter(([, said]) => ![...said.values()].includes(true));
  const isContradicted = right.some(([, said]) => [...said.values()].includes(false));
  const answers = [...wordsOf(decided, true), ...right.map(([word]) => word)];
  const rejected = [...wordsOf(decided, false), ...wrong.map(([word]) => word)];
  const relevant = reviewed.length === 0 ? opinions : open;
  const isFlipped = isFlippedByOne(relevant, { votes, answers, decided });
  const hold = isContradicted ? "contradiction" : isFlipped ? "confident" : null;
  return { answers, rejected, hold };
}

/** ✓: the candidate is right. ✗ with an answer: that is right, the candidate wrong. ✗: wrong. */
function votesOf(opinions: readonly Opinion[]): Votes {
  const votes: Votes = new Map();
  const vote = (word: string, user: string, isRight: boolean): void => {
    const said = votes.get(word) ?? new Map<string, boolean>();
    said.set(user, isRight);
    votes.set(word, said);
  };
  for (const { candidate, verdict, answer, user } of opinions) {
    vote(candidate, user, verdict === "accept");
    if (verdict === "reject" && answer !== null) vote(answer, user, true);
  }
  return votes;
}

/** Whether a confident answer would no longer be given, on the word of fewer than two users. */
function isFlippedByOne(
  opinions: readonly Opinion[],
  { votes, answers, decided }: { votes: Votes; answers: readonly string[]; decided: Votes },
): boolean {
  const confident = opinions.flatMap(({ best, bestScore }) =>
    best !== null && (bestScore ?? 0) >= CONFIDENT_SCORE && !decided.has(best) ? [best] : [],
  );
  return [...new Set(confident)].some((best) => {
    const against = new Set(
      [...votes].flatMap(([word, said]) =>
        [...said].flatMap(([user, isRight]) => (isRight === (word !== best) ? [user] : [])),
      ),
    );
    const isWrong = [...(votes.get(best)?.values() ?? [])].includes(false);
    const isLost = !answers.includes(best) && (isWrong || answers.length > 0);
    return isLost && against.size < USERS_TO_FLIP;
  });
}

function wordsOf(votes: Votes, isRight: boolean): string[] {
  return [...votes].filter(([, said]) => [...said.values()][0] === isRight).map(([word]) => word);
}
