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
  insertLearners,
  insertRunSamples,
  selectLearned,
  selectLearners,
  selectRunSamples,
  selectRunsUnderWay,
  selectRunsThatLearned,
  selectWaitingAgain,
  setRunVersion,
} from "./stores/run-queries.ts";
import {
  clearDoubts,
  moveSamples,
  selectQueue,
  selectSamplesById,
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
  const waiting = await selectQueue(db, model);
  const taken = sorted(waiting, take).ready.map(({ sample, ...rest }) => {
    const moved: StoredSample = { ...sample, state: "in-run", run, updatedAt: at };
    return { moved, ...rest };
  });
  await moveSamples(
    db,
    taken.map(({ moved }) => moved),
  );
  const rows = taken.map(({ moved: { id: sample, revision }, isReviewed }) => {
    return { sample, revision, isEarlier: false, isReviewed };
  });
  await insertRunSamples(db, run, rows);
  const shown = new Map<string, FeedbackSample>(
    taken.map(({ moved, userCount, isReviewed }) => {
      return [moved.id, { ...shownOf(moved, userCount), isReviewed }];
    }),
  );
  return waiting.flatMap(({ sample }) => shown.get(sample.id) ?? []);
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
  const rows = learned.map(({ id: sample, revision }) => ({ sample, revision, isEarlier: true }));
  await insertRunSamples(db, run, rows);
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
  const took = await selectRunSamples(db, run);
  const samples = await selectSamplesById(db, idsOf(took));
  const learned: string[] = [];
  const moved: StoredSample[] = [];
  let againCount = 0;
  for (const { sample: id, revision } of took) {
    const sample = samples.get(id);
    const isOurs = sample?.run === run;
    // Also of one that has been deleted meanwhile: it was learned all the same.
    if (!isOurs || sample.hold !== "suspect") learned.push(id);
    if (!isOurs || sample.state !== "in-run") continue;
    const ended = { ...sample, updatedAt: at };
    const isAsLearned = sample.revision === revision && sample.hold === null;
    if (!isAsLearned) moved.push(afterRun(ended));
    else moved.push({ ...ended, state: isRefused ? "queued" : "used" });
    if (isAsLearned && isRefused) againCount++;
  }
  await insertLearners(db, learned, version);
  await moveSamples(db, moved);
  await setRunVersion(db, run, version);
  return againCount;
}

/** People use a version, be it one that the gate refused: what it has learned waits no more. */
export async function markInUse(
  db: Db,
  { version, at }: { readonly version: Learner; readonly at: string },
): Promise<void> {
  const waiting = await selectWaitingAgain(db, version);
  await moveSamples(
    db,
    waiting.map((sample) => ({ ...sample, state: "used", updatedAt: at })),
  );
}

/** Notes how much a run doubts what it took; of those that are not named, that it does not. */
export async function noteDoubts(
  db: Db,
  { run, doubts, at }: RunEnd & { readonly doubts: ReadonlyMap<string, Doubt> },
): Promise<void> {
  const sure: string[] = [];
  for (const sample of await selectHeldBy(db, run)) {
    const doubt = doubts.get(sample.text);
    if (doubt === undefined) sure.push(sample.id);
    else await updateSample(db, { ...sample, doubt, updatedAt: at });
  }
  await clearDoubts(db, sure, at);
}

/**
 * What `run` took waits as it did before, unless a version came of it: anew, or again where a
 * version that the gate refused has learned it. Returns how many.
 */
export async function releaseRun(db: Db, { run, at }: RunEnd): Promise<number> {
  const held = await selectHeldBy(db, run);
  const waits = held.filter(({ hold }) => hold === null).map(({ id }) => id);
  const before = await selectRunsThatLearned(db, waits);
  await moveSamples(
    db,
    held.map((sample) => ({ ...afterRun(sample), run: before.get(sample.id), updatedAt: at })),
  );
  await deleteRunSamples(db, run);
  return held.length;
}

/** What a run under way took and still has. */
async function selectHeldBy(db: Db, run: string): Promise<StoredSample[]> {
  const samples = await selectSamplesById(db, idsOf(await selectRunSamples(db, run)));
  return [...samples.values()].filter((sample) => {
    return sample.state === "in-run" && sample.run === run;
  });
}

function idsOf(took: Awaited<ReturnType<typeof selectRunSamples>>): string[] {
  return took.map(({ sample }) => sample);
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
