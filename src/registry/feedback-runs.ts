// Samples and training runs: what a run takes, and what becomes of it when the run ends. Each
// function is one transaction of its caller.

import {
  USER_IMPORT,
  USER_REVIEWER,
  type FeedbackSample,
  type Learner,
  type QueueOptions,
  type SampleContent,
} from "./feedback-types.ts";
import type { Db } from "./stores/queries.ts";
import {
  insertLearner,
  insertRunSample,
  selectLearned,
  selectQueue,
  selectRunSamples,
  selectSample,
  shownOf,
  updateSample,
  type StoredSample,
} from "./stores/sample-queries.ts";

interface Take extends QueueOptions {
  readonly model: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

interface RunEnd {
  readonly run: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Gives waiting samples to a run, the oldest first, at most `perUser` on one user's word alone. */
export async function takeQueue(db: Db, take: Take): Promise<FeedbackSample[]> {
  const { model, run, at, perUser = Infinity, limit = Infinity } = take;
  const takenOf = new Map<string, number>();
  const taken: FeedbackSample[] = [];
  for (const { sample, users } of await selectQueue(db, model)) {
    if (taken.length >= limit) break;
    // A word that is only wrong says nothing of what is right; it waits for somebody who knows.
    if (sample.answers.length === 0) continue;
    const limited = users.filter((user) => user !== USER_REVIEWER && user !== USER_IMPORT);
    const isFree = limited.length < users.length || limited.length === 0;
    const payer = limited.find((user) => (takenOf.get(user) ?? 0) < perUser);
    if (!isFree && payer === undefined) continue;
    if (!isFree && payer !== undefined) takenOf.set(payer, (takenOf.get(payer) ?? 0) + 1);
    const next: StoredSample = { ...sample, state: "in-run", run, updatedAt: at };
    await updateSample(db, next);
    const { id, revision } = sample;
    await insertRunSample(db, { run, sample: id, revision, isEarlier: false });
    taken.push(shownOf(next, limited.length));
  }
  return taken;
}

export interface EarlierOptions {
  readonly run: string;
  readonly most: number;
  /** When others were learned that count among the newest; ISO 8601, UTC. */
  readonly besides?: readonly string[] | undefined;
}

/**
 * Notes that a run repeats what earlier versions learned, so that its version counts among those
 * that did; the samples stay as they are.
 */
export async function takeEarlier(
  db: Db,
  { run, model, most, besides = [] }: EarlierOptions & { readonly model: string },
): Promise<readonly SampleContent[]> {
  const newest = await selectLearned(db, model, most);
  const learned = newest.filter(({ createdAt }, i) => {
    const newerCount = newest.length - 1 - i + besides.filter((at) => at > createdAt).length;
    return newerCount < most;
  });
  for (const { id, revision } of learned) {
    await insertRunSample(db, { run, sample: id, revision, isEarlier: true });
  }
  return learned;
}

/** A version has learned from what `run` took, suspects left out; what has changed waits again. */
export async function markUsed(
  db: Db,
  { run, version, at }: RunEnd & { readonly version: Learner },
): Promise<void> {
  for (const { sample: id, revision } of await selectRunSamples(db, run)) {
    const sample = await selectSample(db, { id });
    const isHeld = sample?.state === "in-run" && sample.hold !== null;
    if (!isHeld || sample.hold !== "suspect") await insertLearner(db, id, version);
    if (sample?.state !== "in-run" || sample.run !== run) continue;
    const isUsed = sample.revision === revision && !isHeld;
    const ended = { ...sample, updatedAt: at };
    await updateSample(db, isUsed ? { ...ended, state: "used" } : waiting(ended));
  }
}

/** What `run` took waits again. Returns how many. */
export async function releaseRun(db: Db, { run, at }: RunEnd): Promise<number> {
  let count = 0;
  for (const { sample: id } of await selectRunSamples(db, run)) {
    const sample = await selectSample(db, { id });
    if (sample?.state !== "in-run" || sample.run !== run) continue;
    await updateSample(db, { ...waiting(sample), run: undefined, updatedAt: at });
    count++;
  }
  return count;
}

/** A sample that no run has any more. */
function waiting(sample: StoredSample): StoredSample {
  return { ...sample, state: sample.hold === null ? "queued" : "held" };
}
