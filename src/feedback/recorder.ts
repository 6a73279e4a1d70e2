// Keeps answers so that they can be judged for a day. A fill is never made to wait for it: what was
// answered is remembered here, and scrubbed and stored in batches a moment later.

import { messageOf, type Clock, type Logger } from "../base/index.ts";
import type { FeedbackStore, OfferedWord, Prediction } from "../registry/index.ts";
import type { Scrubber } from "./scrub/scrubber.ts";

/** An answer as it was given. */
export interface RecordedAnswer {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly text: string;
  /** Per blank, best first. */
  readonly blanks: readonly (readonly OfferedWord[])[];
  /** The candidates are the caller's words, and may be personal data. */
  readonly hasTargets: boolean;
  /** Hash of the user. */
  readonly user: string | undefined;
}

export interface RecorderOptions {
  readonly store: Pick<FeedbackStore, "addPredictions" | "findPrediction" | "forgetPredictions">;
  readonly scrubber: Scrubber;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Predictions that are kept at most; 0 keeps none. */
  readonly most: number;
  /** How long an answer may wait before it is stored. */
  readonly delayMs?: number;
}

export interface RecorderStatistics {
  readonly stored: number;
  /** Not kept: too many at once, or the scrub failed. */
  readonly dropped: number;
}

const DELAY_MS = 500;
const BATCH_COUNT = 200;
/** Beyond this many that wait, the oldest are given up. */
const WAITING_MAX = 5000;
const FORGET_EVERY_MS = 10 * 60_000;
/** Texts of which the scrubbed form is remembered; load comes with repetition. */
const REMEMBERED_MAX = 256;

export class PredictionRecorder {
  readonly #options: RecorderOptions;
  readonly #waiting = new Map<string, RecordedAnswer & { readonly createdMs: number }>();
  readonly #remembered = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | undefined;
  readonly #forgetting: NodeJS.Timeout;
  #stored = 0;
  #dropped = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#forgetting = setInterval(() => void this.forget(), FORGET_EVERY_MS).unref();
  }

  /** Returns at once. */
  record(answer: RecordedAnswer): void {
    if (this.#options.most === 0) return;
    if (this.#waiting.size >= WAITING_MAX) {
      const [oldest] = this.#waiting.keys();
      if (oldest !== undefined) this.#waiting.delete(oldest);
      this.#dropped++;
    }
    this.#waiting.set(answer.id, { ...answer, createdMs: this.#options.clock.nowMs() });
    this.#schedule();
  }

  /**
   * A prediction that can still be judged, scrubbed.
   *
   * @throws AppError of the scrubber, when it has not been stored yet and cannot be.
   */
  async find(id: string): Promise<Prediction | undefined> {
    const waiting = this.#waiting.get(id);
    return waiting === undefined ? this.#options.store.findPrediction(id) : this.#scrubbed(waiting);
  }

  statistics(): RecorderStatistics {
    return { stored: this.#stored, dropped: this.#dropped };
  }

  /** Stores all that waits; also what is recorded meanwhile. */
  async flush(): Promise<void> {
    while (this.#waiting.size > 0 || this.#storing !== undefined) {
      const before = this.#waiting.size;
      this.#storing ??= this.#storeAll().finally(() => (this.#storing = undefined));
      await this.#storing;
      // The store may refuse while another process writes; whoever flushes does not wait for that.
      if (this.#waiting.size >= before) break;
    }
  }

  /** Gives up what waits of a user, and waits for what is being stored; returns how many. */
  async dropUser(user: string): Promise<number> {
    const theirs = [...this.#waiting.values()].filter((answer) => answer.user === user);
    for (const { id } of theirs) this.#waiting.delete(id);
    await this.#storing;
    return theirs.length;
  }

  /** Deletes predictions that are too old or too many, also when nothing is asked. */
  async forget(): Promise<void> {
    const { store, logger, most } = this.#options;
    try {
      await store.forgetPredictions(most);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, "old predictions are deleted later");
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#forgetting);
    clearTimeout(this.#timer);
    await this.flush();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.flush().finally(() => {
        if (this.#waiting.size > 0) this.#schedule();
      });
    }, this.#options.delayMs ?? DELAY_MS).unref();
  }

  async #storeAll(): Promise<void> {
    const batch = [...this.#waiting.values()].slice(0, BATCH_COUNT);
    const { store, logger } = this.#options;
    const predictions: Prediction[] = [];
    for (const answer of batch) {
      // Requests go first: between two texts, whatever came in meanwhile is answered.
      await new Promise((resolve) => setImmediate(resolve));
      try {
        predictions.push(this.#scrubbed(answer));
      } catch (error) {
        this.#waiting.delete(answer.id);
        this.#dropped++;
        logger.warn({ error: messageOf(error) }, "a prediction was not kept");
      }
    }
    try {
      await store.addPredictions(predictions);
      this.#stored += predictions.length;
      for (const { id } of predictions) this.#waiting.delete(id);
    } catch (error) {
      logger.debug({ error: messageOf(error) }, "predictions wait for the store");
    }
  }

  #scrubbed({
    hasTargets,
    ...answer
  }: RecordedAnswer & { readonly createdMs: number }): Prediction {
    const { scrubber } = this.#options;
    const text = this.#remembered.get(answer.text) ?? scrubber.scrub(answer.text).text;
    this.#remembered.set(answer.text, text);
    if (this.#remembered.size > REMEMBERED_MAX) {
      const [oldest] = this.#remembered.keys();
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    if (!hasTargets) return { ...answer, text };
    const blanks = answer.blanks.map((words) =>
      words.map(({ text: word, score }) => ({
        text: scrubber.scrubSample({ text: answer.text, words: [word] }).words[0] ?? "",
        score,
      })),
    );
    return { ...answer, text, blanks };
  }
}
