// From what several people said of one blank to what is to be learned, or to a question for a
// reviewer. Pure: the same opinions always come to the same.

import { USER_REVIEWER, type Judgement, type Opinion } from "../registry/index.ts";
import type { HoldReason } from "../wire/index.ts";

/** An answer that the model gives with this confidence is not turned over by one user alone. */
const CONFIDENT_SCORE = 0.8;
/** Users that it takes to turn over such an answer, or one of a suite, without a reviewer. */
const USERS_TO_FLIP = 2;

/** word → user → whether it is right, by the last that the user said of it. */
type Votes = Map<string, Map<string, boolean>>;

/**
 * Weighs opinions, oldest first. A reviewer's words stand; whatever others say of the same words is
 * not looked at. Of a word that one user calls right and another wrong, the sample keeps that it is
 * right, and is held.
 *
 * @param suiteWords what suites hold right for the same question
 */
export function judge(opinions: readonly Opinion[], suiteWords: readonly string[] = []): Judgement {
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
  const isFlipped = (words: readonly string[]): boolean =>
    !words.some((word) => decided.has(word)) && isFlippedByOne(words, { votes, answers });
  const confident = relevant.flatMap(({ best, bestScore }) =>
    best !== null && (bestScore ?? 0) >= CONFIDENT_SCORE ? [best] : [],
  );
  const hold = (): HoldReason | null => {
    if (isContradicted) return "contradiction";
    if (isFlipped(suiteWords)) return "probe";
    return [...new Set(confident)].some((best) => isFlipped([best])) ? "confident" : null;
  };
  return { answers, rejected, hold: hold() };
}

/**
 * ✓: the candidate is right. ✗ with an answer: that is right, the candidate wrong. ✗: wrong. An
 * empty candidate is none: the blank was left open.
 */
function votesOf(opinions: readonly Opinion[]): Votes {
  const votes: Votes = new Map();
  const vote = (word: string, user: string, isRight: boolean): void => {
    const said = votes.get(word) ?? new Map<string, boolean>();
    said.set(user, isRight);
    votes.set(word, said);
  };
  for (const { candidate, verdict, answer, user } of opinions) {
    if (candidate !== "") vote(candidate, user, verdict === "accept");
    if (verdict === "reject" && answer !== null) vote(answer, user, true);
  }
  return votes;
}

/**
 * Whether one user alone turns over `words`, each of which would do: calls one of them wrong, or
 * only others right.
 */
function isFlippedByOne(
  words: readonly string[],
  { votes, answers }: { readonly votes: Votes; readonly answers: readonly string[] },
): boolean {
  if (words.length === 0) return false;
  const against = new Set(
    [...votes].flatMap(([word, said]) =>
      [...said].flatMap(([user, isRight]) => (isRight === words.includes(word) ? [] : [user])),
    ),
  );
  const isWrong = words.some((word) => [...(votes.get(word)?.values() ?? [])].includes(false));
  const isNamed = answers.some((answer) => words.includes(answer));
  const isLost = isNamed ? words.length > 1 && isWrong : isWrong || answers.length > 0;
  return isLost && against.size > 0 && against.size < USERS_TO_FLIP;
}

function wordsOf(votes: Votes, isRight: boolean): string[] {
  return [...votes].filter(([, said]) => [...said.values()][0] === isRight).map(([word]) => word);
}
