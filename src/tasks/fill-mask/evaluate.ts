// Runs a suite through a filler.

import type { FillMetrics, Outcome } from "./metrics.ts";
import { fillMetrics } from "./metrics.ts";
import type { Sample } from "./sample.ts";
import type { Filler } from "./types.ts";

/** Texts answered together. */
const BATCH = 16;
/** Candidates looked through for the right answer. */
const DEPTH = 50;

/** A question's outcome with what was answered. */
export interface AnsweredOutcome extends Outcome {
  /** The first candidate, as the sample writes it where it is right; empty when there was none. */
  readonly answer: string;
}

/**
 * What a filler makes of samples; a sample with several blanks is judged by its first.
 *
 * @param onProgress told how many samples are done
 */
export async function answerSamples(
  filler: Filler,
  samples: readonly Sample[],
  onProgress: (done: number) => void = () => {},
): Promise<AnsweredOutcome[]> {
  const outcomes: AnsweredOutcome[] = [];
  for (let start = 0; start < samples.length; start += BATCH) {
    const batch = samples.slice(start, start + BATCH);
    const outputs = await filler.fill(
      batch.map(({ text, targets, length }) => ({ text, targets, length, topK: DEPTH })),
    );
    for (const [i, { answers }] of batch.entries()) {
      const candidates = outputs[i]?.blanks[0]?.candidates.slice(0, DEPTH) ?? [];
      const read = answers.map((answer) => filler.asRead(answer));
      // The model may write it in another way: "app" for "APP".
      const answerOf = (word: string): string | undefined =>
        answers.includes(word) ? word : answers[read.indexOf(filler.asRead(word))];
      const place = candidates.findIndex(({ text }) => answerOf(text) !== undefined);
      const { text: first = "", score: confidence = 0 } = candidates[0] ?? {};
      outcomes.push({
        rank: place < 0 ? undefined : place + 1,
        confidence,
        answer: answerOf(first) ?? first,
      });
    }
    onProgress(outcomes.length);
  }
  return outcomes;
}

/** Metrics of a filler on samples; as `answerSamples`. */
export async function evaluateFiller(
  filler: Filler,
  samples: readonly Sample[],
  onProgress?: (done: number) => void,
): Promise<FillMetrics> {
  return fillMetrics(await answerSamples(filler, samples, onProgress));
}
