// What people said of answers, as the registry keeps it: predictions for a day, opinions, and the
// samples that they come to. How opinions are weighed is the caller's (`Judge`); that a sample, its
// opinions and its state always agree is decided here, in one transaction a change.

import { randomBytes } from "node:crypto";
import type { HoldReason } from "../wire/index.ts";
import {
  PREDICTION_LIFETIME_MS,
  type Deleted,
  type Doubt,
  type FeedbackSample,
  type Judge,
  type Learned,
  type Learner,
  type Opinion,
  type Prediction,
  type QueueOptions,
  type Revision,
  type SampleContent,
  type SampleCounts,
  type SampleEvent,
  type SampleQuery,
  type Statement,
  type TakenSample,
  type Waiting,
} from "./feedback-types.ts";
import { judged, usersOf } from "./feedback-changes.ts";
import { deletedSample, unknownSample } from "./feedback-errors.ts";
import { fileStatements, keyOf, reviseSample } from "./feedback-filing.ts";
import {
  countWaiting,
  markUsed,
  noteDoubts,
  releaseRun,
  takeEarlier,
  takeQueue,
  tracesOf,
  type EarlierOptions,
} from "./feedback-runs.ts";
import {
  deleteOldPredictions,
  deletePredictionsOf,
  insertPredictions,
  selectPrediction,
  selectUnjudged,
} from "./stores/prediction-queries.ts";
import {
  countByState,
  deleteOpinions,
  deleteSample,
  insertSecret,
  selectOpinions,
  selectSample,
  selectSamples,
  selectSamplesOf,
  selectSecret,
  selectTexts,
  shownOf,
  updateSample,
  type StoredSample,
} from "./stores/sample-queries.ts";
import {
  countDeleted,
  countReviewed,
  selectRunsUnderWay,
  selectTaken,
} from "./stores/run-queries.ts";
import { selectSampleEvents } from "./stores/sample-event-queries.ts";
import type { Store } from "./stores/sqlite.ts";

export interface SampleDetails {
  readonly sample: FeedbackSample;
  /** Oldest first. */
  readonly events: readonly SampleEvent[];
  readonly opinions: readonly Opinion[];
  readonly learnedBy: readonly Learner[];
}

const USER_SECRET = "user-hash-key";
const NO_SAMPLES: SampleCounts = { queued: 0, held: 0, "in-run": 0, used: 0, rejected: 0 };

export class FeedbackStore {
  readonly #store: Store;
  readonly #now: () => string;

  constructor(store: Store, now: () => string) {
    this.#store = store;
    this.#now = now;
  }

  /** The key that users are hashed with in this installation; made when it is first wanted. */
  async userSecret(): Promise<string> {
    const known = await selectSecret(this.#store.db, USER_SECRET);
    if (known !== undefined) return known;
    return this.#store.transact(async (db) => {
      const made = await selectSecret(db, USER_SECRET);
      if (made !== undefined) return made;
      const secret = randomBytes(32).toString("hex");
      await insertSecret(db, USER_SECRET, secret);
      return secret;
    });
  }

  /** Throws at once while another process writes; try again later. */
  async addPredictions(added: readonly Prediction[]): Promise<void> {
    await this.#store.transactLightly((db) => insertPredictions(db, added));
  }

  /** The newest predictions of a model for at most `most` texts that nobody has judged. */
  async unjudgedPredictions(model: string, most: number): Promise<Prediction[]> {
    const sinceMs = Date.parse(this.#now()) - PREDICTION_LIFETIME_MS;
    return selectUnjudged(this.#store.db, { model, sinceMs, most });
  }

  /** Undefined also when it is older than a day. */
  async findPrediction(id: string): Promise<Prediction | undefined> {
    const sinceMs = Date.parse(this.#now()) - PREDICTION_LIFETIME_MS;
    return selectPrediction(this.#store.db, { id, sinceMs });
  }

  /** Deletes predictions older than a day, and of the others all but the newest `most`. */
  async forgetPredictions(most: number): Promise<number> {
    const beforeMs = Date.parse(this.#now()) - PREDICTION_LIFETIME_MS;
    return this.#store.transactLightly((db) => deleteOldPredictions(db, { beforeMs, most }));
  }

  /**
   * Files statements, each into the sample of its text; the samples as they are then, in order.
   * What was said before and has been reviewed since stays in the reviewed sample.
   */
  async file(statements: readonly Statement[], judge: Judge): Promise<FeedbackSample[]> {
    const filing = { judge, now: this.#now };
    return this.#store.transact((db) => fileStatements(db, statements, filing));
  }

  /**
   * As `file`, what `statementsOf` makes of what a user has said of one answer, oldest first. What
   * it throws is passed on, and nothing is filed then.
   */
  async fileBeside(
    by: { readonly origin: string; readonly user: string },
    statementsOf: (said: readonly Opinion[]) => readonly Statement[],
    judge: Judge,
  ): Promise<FeedbackSample[]> {
    const filing = { judge, now: this.#now };
    return this.#store.transact(async (db) => {
      return fileStatements(db, statementsOf(await selectOpinions(db, by)), filing);
    });
  }

  /** The newest change first where no other order is asked for. */
  async list(query: SampleQuery = {}): Promise<FeedbackSample[]> {
    return selectSamples(this.#store.db, query);
  }

  async count(query: Omit<SampleQuery, "states"> = {}): Promise<SampleCounts> {
    const counts = await countByState(this.#store.db, query);
    return { ...NO_SAMPLES, ...Object.fromEntries(counts) };
  }

  /** Of those that are queued, how many have only wrong words. */
  async countUnanswered(query: Omit<SampleQuery, "states" | "isAnswered"> = {}): Promise<number> {
    return (await this.count({ ...query, isAnswered: false })).queued;
  }

  /** Those of these texts that there is a sample of. */
  async knownTexts(model: string, texts: Iterable<string>): Promise<ReadonlySet<string>> {
    const keys = new Set([...texts].map((text) => keyOf(model, text)));
    return new Set(await selectTexts(this.#store.db, [...keys]));
  }

  /**
   * A sample with all that is known of it; throws `not_found`, for one that has been deleted with
   * the versions that learned from it.
   */
  async show(id: string): Promise<SampleDetails> {
    const { db } = this.#store;
    const sample = await selectSample(db, { id });
    const { learnedBy, runs } = await tracesOf(db, [id]);
    if (sample === undefined) {
      if (learnedBy.length + runs.length === 0) throw unknownSample(id);
      throw deletedSample(id, { learnedBy, runs });
    }
    const opinions = await selectOpinions(db, { sample: id });
    const events = await selectSampleEvents(db, id);
    return { sample: shownOf(sample, usersOf(opinions).length), events, opinions, learnedBy };
  }

  /** How many samples that a version learned from have been deleted since. */
  async deletedSince(version: Learner): Promise<number> {
    return countDeleted(this.#store.db, version);
  }

  /**
   * A reviewer's word in place of all that was said; nothing changes when one of them is unknown.
   *
   * @throws AppError `not_found`; `conflict` for a text that another sample has.
   */
  async revise(revisions: readonly Revision[], judge: Judge): Promise<FeedbackSample[]> {
    return this.#store.transact(async (db) => {
      const samples: FeedbackSample[] = [];
      const filing = { judge, now: this.#now };
      for (const revision of revisions) samples.push(await reviseSample(db, revision, filing));
      return samples;
    });
  }

  /** A reviewer refuses samples; they stay refused whatever is said later. Throws `not_found`. */
  async reject(ids: readonly string[]): Promise<FeedbackSample[]> {
    return this.#update(ids, (sample) => {
      return { ...sample, state: "rejected", hold: null, doubt: undefined };
    });
  }

  /** Samples that wait are held for review. Throws `not_found`. */
  async hold(ids: readonly string[], hold: HoldReason): Promise<FeedbackSample[]> {
    return this.#update(ids, (sample) => {
      if (sample.state === "queued") return { ...sample, state: "held", hold };
      return sample.state === "in-run" ? { ...sample, hold } : sample;
    });
  }

  /** Deletes samples with all that was said about them. Throws `not_found`. */
  async deleteSamples(ids: readonly string[]): Promise<Deleted> {
    return this.#store.transact(async (db) => {
      for (const id of ids) {
        if ((await selectSample(db, { id })) === undefined) throw unknownSample(id);
      }
      for (const id of ids) await deleteSample(db, id);
      const traces = await tracesOf(db, ids);
      return { samples: new Set(ids).size, predictions: 0, changed: 0, ...traces };
    });
  }

  /** Deletes all that a user said and asked; samples that nobody else stands behind go too. */
  async deleteUser(user: string, judge: Judge): Promise<Deleted> {
    return this.#store.transact(async (db) => {
      const predictions = await deletePredictionsOf(db, user);
      const touched = await selectSamplesOf(db, user);
      await deleteOpinions(db, { user });
      const gone: string[] = [];
      for (const id of touched) {
        if ((await judged(db, id, { judge, at: this.#now() })) === undefined) gone.push(id);
      }
      const changed = touched.length - gone.length;
      // Those that stay were learned as they stood with what this user said.
      const traces = await tracesOf(db, touched);
      return { samples: gone.length, predictions, changed, ...traces };
    });
  }

  /**
   * Gives waiting samples of a model to a training run, the oldest first: at most `perUser` that
   * stand on one user's word alone, and none at all where none has a right word. They are its until
   * `markUsed` or `releaseRun`.
   */
  async takeQueue(model: string, options: QueueOptions): Promise<FeedbackSample[]> {
    return this.#store.transact((db) => takeQueue(db, { ...options, model, at: this.#now() }));
  }

  /**
   * What a run that takes at most `perUser` as above would take now, and what it would leave;
   * without samples of which `isNone` says that no run takes them.
   */
  async waiting(
    model: string,
    perUser: number,
    isNone: (sample: SampleContent & { readonly model: string }) => boolean = () => false,
  ): Promise<Waiting> {
    return countWaiting(this.#store.db, model, { perUser, isNone });
  }

  /**
   * A version has learned from what `run` took, suspects left out. Those wait for a reviewer, and
   * what has changed since then waits anew. All the others wait again where the gate refused the
   * version, until one learns them that people use. Returns how many do.
   */
  async markUsed(
    run: string,
    version: Learner,
    options: Pick<Learned, "isRefused"> = {},
  ): Promise<number> {
    const learned = { ...options, run, version, at: this.#now() };
    return this.#store.transact((db) => markUsed(db, learned));
  }

  /**
   * Gives a run what versions of the model learned before, which people may use: those among the
   * newest `most`, the oldest first. Their states stay; `markUsed` notes who learned them.
   */
  async takeEarlier(model: string, options: EarlierOptions): Promise<readonly SampleContent[]> {
    return this.#store.transact((db) => takeEarlier(db, { ...options, model }));
  }

  /** What a run took, as it is now and as far as it is still there, in the order of taking. */
  async takenBy(run: string): Promise<readonly TakenSample[]> {
    return selectTaken(this.#store.db, { run, isEarlier: false });
  }

  /** How many of those that a run took a reviewer had decided on by then. */
  async countReviewed(run: string): Promise<number> {
    return countReviewed(this.#store.db, run);
  }

  /** What a run repeated, in the same way. */
  async repeatedBy(run: string): Promise<readonly TakenSample[]> {
    return selectTaken(this.#store.db, { run, isEarlier: true });
  }

  /** Notes how much a run doubts what it took, by text; it doubts nothing else of it. */
  async noteDoubts(run: string, doubts: ReadonlyMap<string, Doubt>): Promise<void> {
    const at = this.#now();
    await this.#store.transact((db) => noteDoubts(db, { run, doubts, at }));
  }

  /** Runs that have samples, or repeat some, and have not ended here. */
  async runsUnderWay(): Promise<string[]> {
    return selectRunsUnderWay(this.#store.db);
  }

  /** A run ended without a version: what it took waits again. Returns how many. */
  async releaseRun(run: string): Promise<number> {
    const at = this.#now();
    return this.#store.transact((db) => releaseRun(db, { run, at }));
  }

  async #update(
    ids: readonly string[],
    change: (sample: StoredSample) => StoredSample,
  ): Promise<FeedbackSample[]> {
    return this.#store.transact(async (db) => {
      const samples: FeedbackSample[] = [];
      for (const id of ids) {
        const sample = await selectSample(db, { id });
        if (sample === undefined) throw unknownSample(id);
        const next = { ...change(sample), updatedAt: this.#now() };
        await updateSample(db, next);
        samples.push(shownOf(next, usersOf(await selectOpinions(db, { sample: id })).length));
      }
      return samples;
    });
  }
}
