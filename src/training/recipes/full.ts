// The recipe `full`: every weight learns from samples.

import { createHash } from "node:crypto";
import { AppError, required } from "../../base/index.ts";
import { readTrainingSamples, type SampleInFile } from "../../tasks/fill-mask/index.ts";
import { withoutUnanswered } from "../data/answered.ts";
import { readEarlier, readSuites, withoutAsked } from "../data/asked.ts";
import { holdOut } from "../data/hold-out.ts";
import { noteLeftOut } from "../data/left-out.ts";
import { rowsOfSample, rowTokensMax, sentenceOf, type SampleRow } from "../data/sample-rows.ts";
import { remarksOn } from "../early-stopping.ts";
import { fineTune } from "../fine-tuning.ts";
import { domainQuestions } from "../incremental/domain-questions.ts";
import type { TuningSample } from "../incremental/material.ts";
import { rowWork } from "../incremental/plan.ts";
import { probesOf } from "../incremental/probes.ts";
import { sampleForms } from "../incremental/rows.ts";
import type { TrainingOrder } from "../order.ts";
import type { PreparedTraining, RunControl } from "./recipe.ts";
import type { StartingPoint } from "./starting-point.ts";

const EPOCHS = 5;

/**
 * Fine-tuning on the samples of an order that have a right word; errors as `readTrainingSamples`,
 * `withoutUnanswered` and `holdOut`.
 */
export function prepareFineTuning(
  order: TrainingOrder,
  start: StartingPoint,
  control: RunControl,
): PreparedTraining {
  const given = readTrainingSamples(order.samplesFile);
  const suites = readSuites(order.suites);
  const questions = suites.flatMap(({ asked }) => asked);
  const unasked = withoutAsked(given, questions, control);
  const samples = withoutUnanswered(unasked, order.recipe, control);
  const { tokenizer, model } = start;
  const tokensMax = rowTokensMax(model.sequenceMax);
  const rowsOf = (sample: SampleInFile): SampleRow[] =>
    rowsOfSample(sample, { tokenizer, tokensMax });
  const usable = withoutUnknown(samples, rowsOf, control);
  const earlier = readEarlier(order.earlierFile, [...questions, ...unasked], {
    isAnsweredOnly: true,
    onProgress: control.onProgress,
  });
  const { seed, threads } = order;
  const { training, heldOut } = holdOut(usable, { keyOf: sentenceOf, seed, what: "samples" });
  const learned = [...training, ...earlier];
  const epochs = order.epochs ?? EPOCHS;
  const options = { tokenizer, tokensMax };
  const formed = (of: readonly SampleInFile[]): TuningSample[] =>
    of.map((sample) => ({ sample, ...sampleForms(sample, options) }));
  return {
    measures: {
      heldOut,
      ...probesOf(suites, { work: rowWork(model), seed, ...options }),
      domains: domainQuestions({ heldOut: formed(heldOut), earlier: formed(earlier) }),
    },
    trainingCount: training.length,
    words: learned.flatMap(({ answers }) => answers),
    train: async (checkpointDirectory) => {
      const result = await fineTune({
        model,
        weights: required(start.weights, "the weights to fine-tune"),
        rows: learned.flatMap(rowsOf),
        heldOutRows: heldOut.flatMap(rowsOf),
        special: tokenizer.special,
        epochs,
        seed,
        threads,
        checkpointDirectory,
        fingerprint: fingerprintOf(start, { seed, epochs }, [...samples, ...earlier]),
        onReport: ({ step, totalSteps, loss, heldOutLoss, seconds }) => {
          const secondsLeft = (seconds / step) * (totalSteps - step);
          const report = { done: step, total: totalSteps, loss, heldOutLoss, secondsLeft };
          control.onProgress({ phase: "training", ...report });
        },
        shouldStop: control.shouldStop,
      });
      return { ...result, remarks: remarksOn(result) };
    },
  };
}

/**
 * Leaves out samples whose answers the vocabulary lacks, which have no rows, and says so.
 *
 * @throws AppError `invalid_input` when that leaves none.
 */
export function withoutUnknown(
  samples: readonly SampleInFile[],
  rowsOf: (sample: SampleInFile) => readonly unknown[],
  control: RunControl,
): SampleInFile[] {
  const usable = samples.filter((sample) => rowsOf(sample).length > 0);
  if (usable.length === 0) {
    throw new AppError(
      "invalid_input",
      `the model's vocabulary has the answer of none of the ${samples.length} samples; ` +
        "train a model whose vocabulary fits the language",
    );
  }
  noteLeftOut(samples, usable, { why: "since the vocabulary lacks their answers", control });
  return usable;
}

function fingerprintOf(
  { config }: StartingPoint,
  settings: { readonly seed: number; readonly epochs: number },
  samples: readonly SampleInFile[],
): string {
  const hash = createHash("sha256").update(JSON.stringify({ config, settings }));
  for (const sample of samples) hash.update(JSON.stringify(sample));
  return hash.digest("hex");
}
