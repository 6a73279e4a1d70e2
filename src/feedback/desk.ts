// Where feedback is taken in: ✓ and ✗ on predictions, files of samples, a reviewer's decisions. It
// scrubs, checks and hands over to the registry; it knows nothing of HTTP and of file formats.

import { createHash, createHmac } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AppError, messageOf, silentLogger, systemClock } from "../base/index.ts";
import type { Clock, Logger } from "../base/index.ts";
import { mapInTurns } from "../jobs/index.ts";
import {
  USER_ANONYMOUS,
  USER_IMPORT,
  type Deleted,
  type FeedbackSample,
  type FeedbackStore,
  type Judge,
  type Prediction,
  type Statement,
  type Waiting,
} from "../registry/index.ts";
import type { SampleSource } from "../wire/index.ts";
import type { ImportedSample } from "./import/rows.ts";
import { importStatements } from "./import/statements.ts";
import { GuardedScrubber, type ScrubStatistics } from "./guarded-scrubber.ts";
import { judge } from "./judge.ts";
import { sentenceOf } from "./other-blanks.ts";
import { closestQuestions, type Question } from "./questions.ts";
import { PredictionRecorder, type RecordedAnswer, type RecorderStatistics } from "./recorder.ts";
import { canonicalText, checkedWord, requireBlank, requireConsistent } from "./sample-text.ts";
import { createScrubber, type PiiCounts, type Scrubber } from "./scrub/scrubber.ts";
import { scrubbedContent } from "./scrubbed-content.ts";
import { NO_SUITES, type SuiteKnowledge } from "./suite-knowledge.ts";
import { verdictStatements } from "./verdict-statements.ts";
import type { Verdict } from "./verdict.ts";

export interface DeskOptions {
  readonly store: FeedbackStore;
  /** Words that must never be stored. */
  readonly terms?: readonly string[] | undefined;
  /** Predictions that are kept at most; 0 keeps none. */
  readonly predictionsMax?: number | undefined;
  readonly scrubber?: Scrubber | undefined;
  /** What is asked, and may not be turned over or learned; nothing when absent. */
  readonly suites?: SuiteKnowledge | undefined;
  readonly clock?: Clock | undefined;
  readonly logger?: Logger | undefined;
}

export interface ImportOptions {
  readonly model: string;
  readonly source: SampleSource;
  readonly userKey?: string | undefined;
}

export interface ImportResult {
  /** One for each text, in the order of the rows. */
  readonly samples: readonly FeedbackSample[];
  /** How many of them were not known before. */
  readonly added: number;
  /** Rows that were not stored because the scrub failed. */
  readonly blocked: readonly BlockedRow[];
  /** Pieces of personal data that were replaced, by kind. */
  readonly replaced: PiiCounts;
}

export interface BlockedRow {
  readonly row: number;
  readonly reason: string;
}

/** What a reviewer changes; absent fields stay as they are. */
export interface Edit {
  readonly text?: string | undefined;
  readonly answers?: readonly string[] | undefined;
  readonly rejected?: readonly string[] | undefined;
  readonly domain?: string | undefined;
}

export interface DeskStatistics {
  readonly scrub: ScrubStatistics;
  readonly predictions: RecorderStatistics;
  readonly verdicts: readonly VerdictCount[];
}

/** Verdicts of one kind on what one version answered. */
export interface VerdictCount {
  readonly model: string;
  readonly version: string;
  readonly verdict: Verdict["verdict"];
  readonly count: number;
}

/** A verdict as it is told to those who compare versions. */
export interface VerdictSeen {
  readonly model: string;
  readonly version: string;
  readonly isGood: boolean;
  /** Whose request it was: a hash of the user of the fill, or of the text where it named none. */
  readonly unit: string;
  /** When the version answered; milliseconds since the Unix epoch. */
  readonly answeredMs: number;
}

/** When no setting says how many. */
const PREDICTIONS_MAX = 1_000_000;
/** Texts among which the closest decisions are looked for. */
const LOOKED_AT_MAX = 2000;
/** Statements of one transaction: a server answers nothing before they are stored. */
const STATEMENTS_IN_TRANSACTION = 20;

export async function openFeedbackDesk(options: DeskOptions): Promise<FeedbackDesk> {
  const desk = new FeedbackDesk(options, await options.store.userSecret());
  await desk.forget();
  return desk;
}

export class FeedbackDesk {
  readonly #store: FeedbackStore;
  readonly #secret: string;
  readonly #clock: Clock;
  readonly #scrubber: GuardedScrubber;
  readonly #recorder: PredictionRecorder;
  readonly #suites: SuiteKnowledge;
  readonly #judge: Judge;
  readonly #judgeReview: Judge;
  readonly #verdicts = new Map<string, VerdictCount>();
  readonly #listeners = new Set<(verdict: VerdictSeen) => void>();

  constructor(options: DeskOptions, secret: string) {
    const { store, terms, predictionsMax: most = PREDICTIONS_MAX, clock = systemClock } = options;
    this.#store = store;
    this.#secret = secret;
    this.#clock = clock;
    const scrubber = options.scrubber ?? createScrubber(terms === undefined ? {} : { terms });
    this.#scrubber = new GuardedScrubber(scrubber);
    const suites = options.suites ?? NO_SUITES;
    this.#suites = suites;
    this.#judge = judgeBeside(suites, (said) => suites.isGolden(said));
    // A reviewer is told at once what a run would find out.
    this.#judgeReview = judgeBeside(suites, (said) => suites.isAsked(said));
    const logger = options.logger ?? silentLogger;
    this.#recorder = new PredictionRecorder({
      store,
      scrubber: this.#scrubber,
      clock,
      logger,
      most,
    });
  }

  get store(): FeedbackStore {
    return this.#store;
  }

  /** Keeps an answer for a day, so that it can be judged; returns at once. */
  record(answer: Omit<RecordedAnswer, "user"> & { readonly userKey: string | undefined }): void {
    const { userKey, ...recorded } = answer;
    const user = userKey === undefined ? undefined : this.hashOf(userKey);
    this.#recorder.record({ ...recorded, user });
  }

  /** How a user is known here. */
  hashOf(userKey: string): string {
    return createHmac("sha256", this.#secret).update(userKey).digest("hex").slice(0, 32);
  }

  /**
   * Files ✓ or ✗; the same user's earlier word on the same candidate is replaced. What this user
   * said of other blanks is filed again, since the word that is right here stands in its sentence.
   *
   * @throws AppError `not_found` for an unknown prediction, `invalid_input`, or of the scrubber.
   */
  async submit(verdict: Verdict): Promise<FeedbackSample> {
    const receivedAt = this.#at();
    const prediction = await this.#recorder.find(verdict.predictionId);
    if (prediction === undefined) throw unknownPrediction(verdict.predictionId);
    const user = this.#userOf(verdict, prediction);
    const facts = { prediction, user, scrubber: this.#scrubber, receivedAt, at: this.#at() };
    const [sample] = await this.#store.fileBeside(
      { origin: prediction.id, user },
      (said) => verdictStatements(verdict, { ...facts, said }),
      this.#judge,
    );
    this.#count(prediction, verdict.verdict);
    if (sample === undefined) throw unknownPrediction(verdict.predictionId);
    return sample;
  }

  /** Files samples that were checked; nothing is stored before all of them have been scrubbed. */
  async add(rows: readonly ImportedSample[], options: ImportOptions): Promise<ImportResult> {
    const receivedAt = this.#at();
    const { model, source, userKey } = options;
    const user = userKey === undefined ? USER_IMPORT : this.hashOf(userKey);
    const scrubber = this.countingScrubber();
    const importer = { model, source, user, scrubber, receivedAt };
    const blocked: BlockedRow[] = [];
    const said = await mapInTurns(rows, (row): Statement[] => {
      try {
        return importStatements(row, { ...importer, at: this.#at() });
      } catch (error) {
        blocked.push({ row: row.row, reason: messageOf(error) });
        return [];
      }
    });
    const statements = said.flat();
    const samples = new Map<string, FeedbackSample>();
    let added = 0;
    for (let start = 0; start < statements.length; start += STATEMENTS_IN_TRANSACTION) {
      const part = statements.slice(start, start + STATEMENTS_IN_TRANSACTION);
      const texts = new Set(part.map(({ text }) => text));
      added += texts.size - (await this.#store.knownTexts(model, texts)).size;
      const filed = await this.#store.file(part, this.#judge);
      for (const sample of filed) samples.set(sample.id, sample);
      // A store on this disk answers at once, so that nothing else would have its turn.
      await nextTurn();
    }
    const { replaced } = scrubber.statistics();
    return { samples: [...samples.values()], added, blocked, replaced };
  }

  /** The scrubber of this desk; what it finds is counted for the holder, and here too. */
  countingScrubber(): GuardedScrubber {
    return new GuardedScrubber(this.#scrubber);
  }

  /**
   * A reviewer takes samples as they are, contradictions included; what a suite asks stays held.
   * Throws `not_found`.
   */
  async accept(ids: readonly string[]): Promise<FeedbackSample[]> {
    const shown = await Promise.all(ids.map((id) => this.#store.show(id)));
    const revisions = shown.map(({ sample: { id, answers, rejected } }) => {
      return { id, answers, rejected };
    });
    return this.#store.revise(revisions, this.#judgeReview);
  }

  /** A reviewer refuses samples. Throws `not_found`. */
  async reject(ids: readonly string[]): Promise<FeedbackSample[]> {
    return this.#store.reject(ids);
  }

  /** A reviewer corrects a sample. Throws `not_found`, `invalid_input`, `conflict`. */
  async edit(id: string, edit: Edit): Promise<FeedbackSample> {
    const { sample } = await this.#store.show(id);
    const text = canonicalText(edit.text ?? sample.text);
    requireBlank(text);
    const answers = uniqueWords(edit.answers ?? sample.answers, "answer");
    const rejected = uniqueWords(edit.rejected ?? sample.rejected, "rejected word");
    requireConsistent(answers, rejected);
    const content = { text, answers, rejected, domain: edit.domain ?? sample.domain };
    const revision = { id, ...scrubbedContent(content, this.#scrubber) };
    const [revised = sample] = await this.#store.revise([revision], this.#judgeReview);
    return revised;
  }

  /** What the next run of a model would take and leave, without what a suite asks. */
  async waiting(model: string, perUser: number): Promise<Waiting> {
    return this.#store.waiting(model, perUser, (sample) => this.#suites.isAsked(sample));
  }

  /**
   * What a person could best help with: the closest decisions that nobody has judged yet, in
   * sentences of which there is no sample.
   */
  async questions(model: string, count: number): Promise<Question[]> {
    await this.#recorder.flush();
    const open = await this.#store.unjudgedPredictions(model, LOOKED_AT_MAX);
    const sentences = open.flatMap((each) =>
      each.blanks.map((_, blank) => sentenceOf(each, blank)),
    );
    const known = await this.#store.knownTexts(model, sentences);
    return closestQuestions(open, count, known);
  }

  /** Deletes all that a user said and asked; "key:NAME" is what a client said who named no user. */
  async deleteUser(userKey: string): Promise<Deleted> {
    const user = this.hashOf(userKey);
    await this.#recorder.flush();
    // The store may have refused, while another process writes.
    const dropped = await this.#recorder.dropUser(user);
    const deleted = await this.#store.deleteUser(user, this.#judge);
    return { ...deleted, predictions: deleted.predictions + dropped };
  }

  /** Deletes predictions that may not be kept any longer. */
  async forget(): Promise<void> {
    await this.#recorder.forget();
  }

  /** Tells of every verdict that is filed from now on. */
  onVerdict(listener: (verdict: VerdictSeen) => void): void {
    this.#listeners.add(listener);
  }

  statistics(): DeskStatistics {
    return {
      scrub: this.#scrubber.statistics(),
      predictions: this.#recorder.statistics(),
      verdicts: [...this.#verdicts.values()],
    };
  }

  #count(prediction: Prediction, verdict: Verdict["verdict"]): void {
    const { model, version, user, text, createdMs: answeredMs } = prediction;
    const unit = user ?? createHash("sha256").update(text).digest("hex");
    const seen = { model, version, isGood: verdict === "accept", unit, answeredMs };
    for (const listener of this.#listeners) listener(seen);
    const key = `${model}@${version} ${verdict}`;
    const count = (this.#verdicts.get(key)?.count ?? 0) + 1;
    this.#verdicts.set(key, { model, version, verdict, count });
  }

  /** Stores what waits. */
  async close(): Promise<void> {
    await this.#recorder.close();
  }

  /** Who says it: as named with the verdict, with the fill, or by the key of the client. */
  #userOf({ userKey, client }: Verdict, prediction: Prediction): string {
    const named = userKey === undefined ? prediction.user : this.hashOf(userKey);
    const user = named ?? (client === undefined ? undefined : this.hashOf(`key:${client}`));
    return user ?? USER_ANONYMOUS;
  }

  #at(): string {
    return new Date(this.#clock.nowMs()).toISOString();
  }
}

/** Opinions are weighed against what suites hold right; what is not to be learned is held. */
function judgeBeside(suites: SuiteKnowledge, isAsked: SuiteKnowledge["isAsked"]): Judge {
  return (opinions, { model, text }) => {
    const judgement = judge(opinions, suites.rightWords({ model, text }));
    const { answers } = judgement;
    return isAsked({ model, text, answers }) ? { ...judgement, hold: "asked" } : judgement;
  };
}

function unknownPrediction(id: string): AppError {
  return new AppError(
    "not_found",
    `There is no prediction ${JSON.stringify(id.slice(0, 80))}. Predictions can be judged for ` +
      "24 hours after their answer; ask again and use the predictionId of the new one.",
    { details: { predictionId: id } },
  );
}

function uniqueWords(words: readonly string[], label: string): string[] {
  return [...new Set(words.map((word) => checkedWord(word, `The ${label}`)))];
}
