// The recipe `pretrain`: masked words of running text, from the version's weights or from fresh
// ones.

import path from "node:path";
import { readLines, readTrainingSamples } from "../../tasks/fill-mask/index.ts";
import { withoutUnanswered } from "../data/answered.ts";
import { readSuites, withoutAsked, type AskedSuite } from "../data/asked.ts";
import { clozeOf } from "../data/cloze.ts";
import { holdOut } from "../data/hold-out.ts";
import { rowTokensMax, sentenceOf } from "../data/sample-rows.ts";
import { documentCount, type TokenShard } from "../data/shard.ts";
import { shardOfTexts } from "../data/text-shard.ts";
import { rowWork } from "../incremental/plan.ts";
import { probesOf } from "../incremental/probes.ts";
import { ADAMW_DEFAULTS } from "../optimisation/adamw.ts";
import type { TrainingOrder } from "../order.ts";
import { continuePretraining, type PretrainingRecipe } from "../pretraining.ts";
import type { PreparedTraining, RunControl } from "./recipe.ts";
import type { StartingPoint } from "./starting-point.ts";

const EPOCHS = 1;
const SOURCE = "text";
const MASKING = { word: 0.6, span: 0.15, token: 0.25 };
const MASK_RATE = 0.2;
/** Tokens of a batch; fewer for a small text, so that it still gives some steps an epoch. */
const BATCH_TOKENS = 4096;
const STEPS_PER_EPOCH_MIN = 20;
/** Peak learning rates of a model that is H wide, as factors of 1/H. */
const FRESH_RATE = 0.5;
const CONTINUED_RATE = 0.1;
const CHECKPOINT_SECONDS = 120;

/** Training on the text of an order: plain lines, or the sentences of samples (`.jsonl`). */
export function prepareTextTraining(
  order: TrainingOrder,
  start: StartingPoint,
  control: RunControl,
): PreparedTraining {
  const { seed, threads } = order;
  const { tokenizer } = start;
  const tokensMax = rowTokensMax(start.model.sequenceMax);
  const suites = readSuites(order.suites);
  const documents = readDocuments(order, suites, control);
  const split = holdOut(documents, { keyOf: (text) => text, seed, what: "documents" });
  const shard = shardOfTexts(SOURCE, split.training, tokenizer);
  const recipe = recipeFor(order, start, shard);
  const { totalSteps } = recipe.schedule;
  return {
    measures: {
      heldOut: clozeOf(split.heldOut, seed),
      ...probesOf(suites, { work: rowWork(start.model), seed, tokenizer, tokensMax }),
      domains: [],
    },
    trainingCount: split.training.length,
    words: [],
    train: async (checkpointDirectory) => {
      const result = await continuePretraining({
        recipe,
        shards: new Map([[SOURCE, shard]]),
        weights: start.weights,
        runDirectory: path.dirname(checkpointDirectory),
        threads,
        checkpointEverySeconds: CHECKPOINT_SECONDS,
        onReport: ({ step, loss, seconds }) => {
          const secondsLeft = (seconds / step) * (totalSteps - step);
          const report = { done: step, total: totalSteps, loss, heldOutLoss: undefined };
          control.onProgress({ phase: "training", ...report, secondsLeft });
        },
        shouldStop: control.shouldStop,
      });
      return { ...result, totalSteps, remarks: [] };
    },
  };
}

/** Samples that a suite asks or that have no right word are left out; running text is as it is. */
function readDocuments(
  { samplesFile, recipe }: TrainingOrder,
  suites: readonly AskedSuite[],
  control: RunControl,
): string[] {
  if (/\.jsonl(\.gz)?$/.test(samplesFile)) {
    const questions = suites.flatMap(({ asked }) => asked);
    const samples = withoutAsked(readTrainingSamples(samplesFile), questions, control);
    return withoutUnanswered(samples, recipe, control).map(sentenceOf);
  }
  return readLines(samplesFile).filter((line) => line.trim() !== "");
}

function recipeFor(
  order: TrainingOrder,
  { config, model, tokenizer, weights }: StartingPoint,
  shard: TokenShard,
): PretrainingRecipe {
  const tokens = shard.tokens.length + 2 * documentCount(shard);
  const isLong = shard.tokens.length > 60 * documentCount(shard);
  const length = Math.min(isLong ? 128 : 64, model.sequenceMax);
  const rowsInBatch = Math.floor(BATCH_TOKENS / length);
  const rowsInShare = Math.floor(tokens / length / STEPS_PER_EPOCH_MIN);
  const rows = Math.max(1, Math.min(rowsInBatch, rowsInShare));
  const epochs = order.epochs ?? EPOCHS;
  const totalSteps = Math.max(1, Math.ceil((epochs * tokens) / (rows * length)));
  const warmupSteps = Math.ceil(totalSteps / 20);
  const rate = weights === undefined ? FRESH_RATE : CONTINUED_RATE;
  return {
    config,
    special: tokenizer.special,
    sources: [{ name: SOURCE, weight: 1, masking: MASKING }],
    adamw: ADAMW_DEFAULTS,
    clipNorm: 1,
    seed: order.seed,
    schedule: {
      peakRate: rate / model.hiddenSize,
      warmupSteps,
      totalSteps,
      decaySteps: totalSteps - warmupSteps,
    },
    phases: [{ untilStep: totalSteps, rows, length, maskRate: MASK_RATE }],
  };
}
