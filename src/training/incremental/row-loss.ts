// What weights make of rows whose tokens are known: loss, and how distributions moved.

import type { MaskedLanguageModel } from "../../models/index.ts";
import type { ActivationCache } from "./activation-cache.ts";
import type { KeptRow, TuningRow } from "./rows.ts";
import { paddedRows } from "./tuning-batches.ts";
import type { SuffixScorer } from "./tuning-step.ts";

export interface RowMeasuring {
  readonly scorer: SuffixScorer;
  readonly cache: Pick<ActivationCache, "read">;
  readonly model: Pick<MaskedLanguageModel, "hiddenSize" | "vocabularySize">;
}

const ROWS_IN_BATCH = 32;

/** Mean −log p over the wanted targets of rows, by their weights; in nats a token. */
export async function meanLoss(
  rows: readonly TuningRow[],
  measuring: RowMeasuring,
): Promise<number> {
  let loss = 0;
  let total = 0;
  const questions = rows.map(({ ids, targets }) => {
    return { ids, columns: targets.map(({ column }) => column) };
  });
  await eachScored(questions, measuring, (i, distributions) => {
    for (const [k, { label, wanted }] of (rows[i]?.targets ?? []).entries()) {
      const distribution = distributions[k] as Float32Array;
      loss -= wanted * ((distribution[label] as number) - logTotal(distribution));
      total += wanted;
    }
  });
  return total === 0 ? 0 : loss / total;
}

/** What weights say of a question whose answer's length is known. */
export interface ProbeOutcome {
  /** Whether each token of the answer was the likeliest at its place. */
  readonly isRight: boolean;
  /** The likeliest tokens. */
  readonly top: readonly number[];
  /** −ln p of the answer's tokens, each by itself. */
  readonly losses: readonly number[];
}

export async function probeOutcomes(
  rows: readonly KeptRow[],
  measuring: RowMeasuring,
): Promise<ProbeOutcome[]> {
  const outcomes: ProbeOutcome[] = [];
  const questions = rows.map(({ ids, columns }) => ({ ids, columns }));
  await eachScored(questions, measuring, (i, distributions) => {
    const labels = rows[i]?.labels ?? [];
    const top = distributions.map(indexOfHighest);
    const losses = distributions.map(
      (each, k) => logTotal(each) - (each[labels[k] as number] as number),
    );
    outcomes[i] = { isRight: labels.every((label, k) => top[k] === label), top, losses };
  });
  return outcomes;
}

interface Question {
  readonly ids: readonly number[];
  readonly columns: readonly number[];
}

/** Hands the logits [V] of each column of each question to `take`. */
export async function eachScored(
  questions: readonly Question[],
  { scorer, cache, model }: RowMeasuring,
  take: (question: number, logits: Float32Array[]) => void,
): Promise<void> {
  const order = questions.map((_, i) => i);
  order.sort((a, b) => (questions[a]?.ids.length ?? 0) - (questions[b]?.ids.length ?? 0));
  const { hiddenSize, vocabularySize } = model;
  for (let start = 0; start < order.length; start += ROWS_IN_BATCH) {
    const part = order.slice(start, start + ROWS_IN_BATCH);
    const picked = part.map((i) => questions[i] as Question);
    const entries = picked.map(({ ids }) => ({ ids, activations: cache.read({ ids }) }));
    const padded = paddedRows(entries, hiddenSize);
    const flat = picked.flatMap(({ columns }, i) =>
      columns.map((column) => BigInt(i * padded.length + column)),
    );
    const logits = await scorer.score({ ...padded, positions: BigInt64Array.from(flat) });
    let at = 0;
    for (const [k, { columns }] of picked.entries()) {
      const own = columns.map(() => {
        at += vocabularySize;
        return logits.subarray(at - vocabularySize, at);
      });
      take(part[k] as number, own);
    }
  }
}

/** ln Σ exp(logit). */
function logTotal(logits: Float32Array): number {
  let highest = -Infinity;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - highest);
  return highest + Math.log(sum);
}

function indexOfHighest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) {
    if ((logits[i] as number) > (logits[best] as number)) best = i;
  }
  return best;
}
