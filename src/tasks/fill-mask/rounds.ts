// Lets texts and blanks that are answered side by side share each pass through the model: questions
// asked in the same turn of the event loop run as one batch.

import { AppError } from "../../base/index.ts";
import type { Scorer } from "../../models/index.ts";
import { logSoftmaxRows } from "./distribution.ts";
import { Turns } from "./turns.ts";

/** One row and the columns to be scored in it. */
export interface Question {
  readonly ids: readonly number[];
  readonly columns: readonly number[];
  /** The only tokens of interest; all V when absent. */
  readonly tokens?: readonly number[] | undefined;
}

interface Waiting {
  readonly questions: readonly Question[];
  readonly resolve: (answers: Float32Array[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Of one engine call: more gain nothing, and would take the more memory (docs/experiments.md). */
const TOKENS_MAX = 256;

export interface RoundsOptions {
  /** Of the scorer's engine, where others ask it, too. */
  readonly turns?: Turns | undefined;
  /** Aborted when nobody waits for the answers any more. */
  readonly signal?: AbortSignal | undefined;
}

export class Rounds {
  readonly #scorer: Scorer;
  readonly #temperature: number;
  readonly #turns: Turns;
  readonly #signal: AbortSignal | undefined;
  #waiting: Waiting[] = [];
  #isRunning = false;
  /** Scores of one engine call, over and over: they are large, and soon would be many. */
  #logits: Float32Array = new Float32Array(0);

  constructor(
    scorer: Scorer,
    temperature: number,
    { turns = new Turns(), signal }: RoundsOptions = {},
  ) {
    this.#scorer = scorer;
    this.#temperature = temperature;
    this.#turns = turns;
    this.#signal = signal;
  }

  /**
   * Log-probabilities float32 [columns, V], or [columns, tokens], for each question; rejects with
   * `cancelled` before the next call of the engine once nobody waits.
   */
  ask(questions: readonly Question[]): Promise<Float32Array[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ questions, resolve, reject });
      this.#schedule();
    });
  }

  /** Nothing but the engine is waited for between questions, so one turn gathers them all. */
  #schedule(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    setImmediate(() => {
      const round = this.#waiting;
      this.#waiting = [];
      void this.#run(round).finally(() => {
        this.#isRunning = false;
        if (this.#waiting.length > 0) this.#schedule();
      });
    });
  }

  async #run(round: readonly Waiting[]): Promise<void> {
    try {
      const answers = await this.#score(round.flatMap(({ questions }) => questions));
      let at = 0;
      for (const { questions, resolve } of round) {
        resolve(answers.slice(at, at + questions.length));
        at += questions.length;
      }
    } catch (error) {
      for (const { reject } of round) reject(error);
    }
  }

  #call(questions: readonly Question[]): Promise<Float32Array> {
    if (this.#signal?.aborted === true) {
      throw new AppError("cancelled", "Nobody waits for the answer any more.");
    }
    return this.#scorer.score(
      questions.map(({ ids }) => ids),
      questions.map(({ columns }) => columns),
      this.#logits,
    );
  }

  /** Rows of like length go together, so that little is padded. */
  async #score(questions: readonly Question[]): Promise<Float32Array[]> {
    const order = questions.map((_, i) => i);
    order.sort((a, b) => lengthOf(questions, a) - lengthOf(questions, b));
    const answers: Float32Array[] = Array.from({ length: questions.length });
    const { vocabularySize } = this.#scorer;
    for (let start = 0; start < order.length;) {
      let end = start + 1;
      while (
        end < order.length &&
        (end + 1 - start) * lengthOf(questions, order[end] as number) <= TOKENS_MAX
      ) {
        end++;
      }
      const chunk = order.slice(start, end);
      const picked = chunk.map((i) => questions[i] as Question);
      const logits = await this.#turns.take(() => this.#call(picked));
      if (logits.length > this.#logits.length) this.#logits = logits;
      logSoftmaxRows(logits, vocabularySize, this.#temperature);
      let at = 0;
      for (const [k, { columns, tokens }] of picked.entries()) {
        const size = columns.length * vocabularySize;
        const all = logits.subarray(at, at + size);
        answers[chunk[k] as number] = tokens ? columnsOf(all, vocabularySize, tokens) : all.slice();
        at += size;
      }
      start = end;
    }
    return answers;
  }
}

/** A copy [rows, tokens] of rows [rows, V]. */
function columnsOf(rows: Float32Array, size: number, tokens: readonly number[]): Float32Array {
  const picked = new Float32Array((rows.length / size) * tokens.length);
  for (let at = 0, start = 0; start < rows.length; start += size) {
    for (const token of tokens) picked[at++] = rows[start + token] as number;
  }
  return picked;
}

function lengthOf(questions: readonly Question[], i: number): number {
  return questions[i]?.ids.length ?? 0;
}
