// Lets texts and blanks that are answered side by side share each pass through the model: questions
// asked in the same turn of the event loop run as one batch.

import type { Scorer } from "../../models/index.ts";
import { logSoftmaxRows } from "./distribution.ts";

/** One row and the columns to be scored in it. */
export interface Question {
  readonly ids: readonly number[];
  readonly columns: readonly number[];
}

interface Waiting {
  readonly questions: readonly Question[];
  readonly resolve: (answers: Float32Array[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Rows of one engine call; more of them fit no cache and gain nothing. */
const TOKENS_MAX = 4096;

export class Rounds {
  readonly #scorer: Scorer;
  readonly #temperature: number;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(scorer: Scorer, temperature: number) {
    this.#scorer = scorer;
    this.#temperature = temperature;
  }

  /** Log-probabilities float32 [columns, V] for each question. */
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
      const logits = await this.#scorer.score(
        picked.map(({ ids }) => ids),
        picked.map(({ columns }) => columns),
      );
      logSoftmaxRows(logits, vocabularySize, this.#temperature);
      let at = 0;
      for (const [k, { columns }] of picked.entries()) {
        const size = columns.length * vocabularySize;
        answers[chunk[k] as number] = logits.subarray(at, at + size);
        at += size;
      }
      start = end;
    }
    return answers;
  }
}

function lengthOf(questions: readonly Question[], i: number): number {
  return questions[i]?.ids.length ?? 0;
}
