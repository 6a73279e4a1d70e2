// Samples and training runs: what a run takes, and what becomes of it when the run ends. Each
// function is one transaction of its caller.

import {
  USER_IMPORT,
  USER_REVIEWER,
  type Deleted,
  type Doubt,
  type FeedbackSample,
  type Learned,
  type Learner,
  type QueueOptions,
  type SampleContent,
  type Waiting,
} from "./feedback-types.ts";
import type { Db } from "./stores/queries.ts";
import {
  deleteRunSamples,
  insertLearner,
  insertRunSample,
  selectLearned,
  selectLearners,
  selectRunSamples,
  selectRunsUnderWay,
  selectRunThatLearned,
  selectWaitingAgain,
  setRunVersion,
} from "./stores/run-queries.ts";
import {
  selectQueue,
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

/**
 * Gives waiting samples to a run, at most `perUser` on one user's word alone: those with a right
 * word first, new ones before those that wait again, the oldest first. In the order in which they
 * came; none where none has a right word.
 */
export async function takeQueue(db: Db, take: Take): Promise<FeedbackSample[]> {
  const { model, run, at } = take;
  const taken = new Map<string, FeedbackSample>();
  const waiting = await selectQueue(db, model);
  for (const { sample, userCount, isReviewed } of sorted(waiting, take).ready) {
    const next: StoredSample = { ...sample, state: "in-run", run, updatedAt: at };
    await updateSample(db, next);
    const { id, revision } = sample;
    await insertRunSample(db, { run, sample: id, revision, isEarlier: false, isReviewed });
    taken.set(id, { ...shownOf(next, userCount), isReviewed });
  }
  return waiting.flatMap(({ sample }) => taken.get(sample.id) ?? []);
}

/** How much of what waits the next run takes, and why it leaves the rest. */
export async function countWaiting(
  db: Db,
  model: string,
  {
    perUser,
    isNone,
  }: { readonly perUser: number; readonly isNone: (sample: StoredSample) => boolean },
): Promise<Waiting> {
  const queue = (await selectQueue(db, model)).filter(({ sample }) => !isNone(sample));
  const { ready, ...left } = sorted(queue, { perUser });
  return { ready: ready.length, ...left };
}

type Queue = Awaited<ReturnType<typeof selectQueue>>;

interface SortedQueue extends Omit<Waiting, "ready"> {
  readonly ready: readonly {
    readonly sample: StoredSample;
    readonly userCount: number;
    readonly isReviewed: boolean;
  }[];
}

function sorted(
  queue: Queue,
  { perUser = Infinity, limit = Infinity }: Pick<QueueOptions, "perUser" | "limit">,
): SortedQueue {
  const takenOf = new Map<string, number>();
  const ready: SortedQueue["ready"][number][] = [];
  let [later, unanswered] = [0, 0];
  for (const { sample, users } of inOrder(queue)) {
    const limited = users.filter((user) => user !== USER_REVIEWER && user !== USER_IMPORT);
    const isFree = limited.length < users.length || limited.length === 0;
    const payer = limited.find((user) => (takenOf.get(user) ?? 0) < perUser);
    // What a run of wrong words alone came to could not be measured.
    if (sample.answers.length === 0 && ready.length === 0) unanswered++;
    else if (ready.length >= limit || (!isFree && payer === undefined)) later++;
    else {
      if (!isFree && payer !== undefined) takenOf.set(payer, (takenOf.get(payer) ?? 0) + 1);
      ready.push({
        sample,
        userCount: limited.length,
        isReviewed: users.includes(USER_REVIEWER),
      });
    }
  }
  return { ready, later, unanswered };
}

/** Those that a run cannot do without come first, then new ones before those that wait again. */
function inOrder(queue: Queue): Queue {
  const rank = ({ sample: { answers, run } }: Queue[number]): number =>
    (answers.length === 0 ? 2 : 0) + (run === undefined ? 0 : 1);
  return queue.toSorted((a, b) => rank(a) - rank(b));
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

/**
 * A version has learned from what `run` took, suspects left out; what has changed waits anew, and
 * all of it waits again where the gate refused the version. Returns how many wait again;
 * a second time changes nothing.
 */
export async function markUsed(
  db: Db,
  { run, version, isRefused = false, at }: RunEnd & Learned,
): Promise<number> {
  let againCount = 0;
  for (const { sample: id, revision } of await selectRunSamples(db, run)) {
    const sample = await selectSample(db, { id });
    const isOurs = sample?.run === run;
    // Also of one that has been deleted meanwhile: it was learned all the same.
    if (!isOurs || sample.hold !== "suspect") await insertLearner(db, id, version);
    if (!isOurs || sample.state !== "in-run") continue;
    const ended = { ...sample, updatedAt: at };
    const isAsLearned = sample.revision === revision && sample.hold === null;
    if (!isAsLearned) await updateSample(db, afterRun(ended));
    else await updateSample(db, { ...ended, state: isRefused ? "queued" : "used" });
    if (isAsLearned && isRefused) againCount++;
  }
  await setRunVersion(db, run, version);
  return againCount;
}

/** People use a version, be it one that the gate refused: what it has learned waits no more. */
export async function markInUse(
  db: Db,
  { version, at }: { readonly version: Learner; readonly at: string },
): Promise<void> {
  for (const sample of await selectWaitingAgain(db, version)) {
    await updateSample(db, { ...sample, state: "used", updatedAt: at });
  }
}

/** Notes how much a run doubts what it took; of those that are not named, that it does not. */
export async function noteDoubts(
  db: Db,
  { run, doubts, at }: RunEnd & { readonly doubts: ReadonlyMap<string, Doubt> },
): Promise<void> {
  for (const { sample: id } of await selectRunSamples(db, run)) {
    const sample = await selectSample(db, { id });
    if (sample?.state !== "in-run" || sample.run !== run) continue;
    await updateSample(db, { ...sample, doubt: doubts.get(sample.text), updatedAt: at });
  }
}

/**
 * What `run` took waits as it did before, unless a version came of it: anew, or again where a
 * version that the gate refused has learned it. Returns how many.
 */
export async function releaseRun(db: Db, { run, at }: RunEnd): Promise<number> {
  let count = 0;
  for (const { sample: id } of await selectRunSamples(db, run)) {
    const sample = await selectSample(db, { id });
    if (sample?.state !== "in-run" || sample.run !== run) continue;
    const before = sample.hold === null ? await selectRunThatLearned(db, sample) : undefined;
    await updateSample(db, { ...afterRun(sample), run: before, updatedAt: at });
    count++;
  }
  await deleteRunSamples(db, run);
  return count;
}

/** What has learned from samples, or is about to; also from those that are deleted. */
export async function tracesOf(
  db: Db,
  samples: readonly string[],
): Promise<Pick<Deleted, "learnedBy" | "runs">> {
  const learnedBy = await selectLearners(db, samples);
  return { learnedBy, runs: await selectRunsUnderWay(db, samples) };
}

/** A sample that no run has any more. */
function afterRun(sample: StoredSample): StoredSample {
  const { hold } = sample;
  return hold === null
    ? { ...sample, state: "queued", run: undefined }
    : { ...sample, state: "held" };
}
