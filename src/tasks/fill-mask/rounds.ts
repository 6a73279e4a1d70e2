// Lets several texts that are answered side by side share each pass through the model: questions
// wait until every text has asked or finished, then all of them run as one batch.

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
  #active: number;
  #waiting: Waiting[] = [];

  /** @param participants how many texts will ask; each calls {@link leave} once when done */
  constructor(scorer: Scorer, participants: number) {
    this.#scorer = scorer;
    this.#active = participants;
  }

  /** Log-probabilities float32 [columns, V] for each question. */
  ask(questions: readonly Question[]): Promise<Float32Array[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ questions, resolve, reject });
      this.#runWhenComplete();
    });
  }

  /** This participant will not ask again. */
  leave(): void {
    this.#active--;
    this.#runWhenComplete();
  }

  #runWhenComplete(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#active) return;
    const round = this.#waiting;
    this.#waiting = [];
    void this.#run(round);
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
      logSoftmaxRows(logits, vocabularySize);
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
