// What waits in feedback, as the lines of a sample file for one run.

import { AppError } from "../base/index.ts";
import type { FeedbackSample, FeedbackStore } from "../registry/index.ts";
import { RUN_SAMPLES_MIN } from "../wire/index.ts";

/**
 * Takes what waits for a model, as lines of a sample file; it is the run's until the store's
 * `markUsed` or `releaseRun`.
 *
 * @throws AppError `invalid_input` when too little waits; then nothing is taken.
 */
export async function takeSamples(
  store: FeedbackStore,
  model: string,
  { run, perUser }: { readonly run: string; readonly perUser: number },
): Promise<string[]> {
  const taken = await store.takeQueue(model, { run, perUser });
  if (taken.length >= RUN_SAMPLES_MIN) return taken.map(lineOf);
  await store.releaseRun(run);
  throw tooFew(model, taken.length);
}

function lineOf({ text, answers, rejected, domain, source }: FeedbackSample): string {
  return JSON.stringify({ text, answers, rejected, domain, source });
}

function tooFew(model: string, count: number): AppError {
  return new AppError(
    "invalid_input",
    `${count} samples with a right word wait for ${model}; at least ${RUN_SAMPLES_MIN} are needed, ` +
      "since a fifth is held out to measure with. Correct more answers on the Fill page, or " +
      "import a file with `whetstone feedback import`.",
    { details: { model, count, needed: RUN_SAMPLES_MIN } },
  );
}
