// How a sample follows what is said about it. Knows the states; not how opinions are weighed.

import {
  ORIGIN_REVIEW,
  USER_IMPORT,
  USER_REVIEWER,
  type FeedbackSample,
  type Judge,
  type Judgement,
  type Opinion,
} from "./feedback-types.ts";
import type { Db } from "./stores/queries.ts";
import {
  deleteSample,
  selectOpinions,
  selectSample,
  shownOf,
  updateSample,
  type StoredSample,
} from "./stores/sample-queries.ts";

/** The users behind opinions, imports and reviewers left out. */
export function usersOf(opinions: readonly Opinion[]): string[] {
  const users = opinions.map(({ user }) => user);
  return [...new Set(users)].filter((user) => user !== USER_IMPORT && user !== USER_REVIEWER);
}

/** Brings a sample in line with its opinions; undefined: only a reviewer's are left, it is gone. */
export async function judged(
  db: Db,
  id: string,
  { judge, at }: { readonly judge: Judge; readonly at: string },
): Promise<FeedbackSample | undefined> {
  const sample = await selectSample(db, { id });
  if (sample === undefined) return undefined;
  const opinions = await selectOpinions(db, { sample: id });
  if (opinions.every(({ origin }) => origin.startsWith(`${ORIGIN_REVIEW}:`))) {
    await deleteSample(db, id);
    return undefined;
  }
  const next = afterJudgement(sample, judge(opinions, sample), at);
  if (next !== sample) await updateSample(db, next);
  return shownOf(next, usersOf(opinions).length);
}

/**
 * A refused sample stays so, and one in a run stays in it until the run ends; a used one waits
 * again only when its words have changed.
 */
function afterJudgement(sample: StoredSample, judgement: Judgement, at: string): StoredSample {
  const { answers, rejected } = judgement;
  // What a run finds is not about what was said, so it ends only by a reviewer's word.
  const isFound = sample.hold === "suspect" || sample.hold === "asked";
  const hold = judgement.hold ?? (isFound ? sample.hold : null);
  const isNew = sample.answers.length + sample.rejected.length === 0;
  const isSame = sameWords(sample.answers, answers) && sameWords(sample.rejected, rejected);
  const waits = hold === null ? "queued" : "held";
  const isSettled = sample.state === "rejected" || sample.state === "in-run";
  const state = isSettled || (sample.state === "used" && isSame) ? sample.state : waits;
  if (isSame && !isNew && state === sample.state && hold === sample.hold) return sample;
  return {
    ...sample,
    run: runOf(sample, { state, isSame }),
    answers,
    rejected,
    state,
    hold: state === "rejected" || state === "used" ? null : hold,
    revision: sample.revision + (isSame ? 0 : 1),
    updatedAt: at,
  };
}

/** The run of a sample that changes: none once it begins to wait, or waits with other words. */
export function runOf(
  sample: StoredSample,
  next: { readonly state: StoredSample["state"]; readonly isSame: boolean },
): string | undefined {
  const isAnew = next.state === "queued" && (!next.isSame || sample.state !== "queued");
  return isAnew ? undefined : sample.run;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word) => b.includes(word));
}
