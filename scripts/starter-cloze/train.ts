// Pre-trains the starter model from the corpus that build-corpus.ts wrote; run it again to go on.
//
//   npx tsx scripts/starter-cloze/train.ts --corpus DIR --run DIR [--threads 2] [--steps N]
//     [--decay N] [--until N] [--nice 10] [--from DIR] [--out DIR]
//
// --from begins a new run with the weights of a model directory (plateau/, say), moments at zero;
// the tokenizer is always the corpus'.
// --steps and --decay replace the recipe's: a run on the plateau is ended by giving it N more steps
// of which all decay. --until ends it at a step, whatever its schedule. SIGINT and SIGTERM end it
// with a checkpoint and exit code 130.

import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  type ModelConfig,
  readHuggingFaceWeights,
  readTokenizerFiles,
  saveHuggingFaceDirectory,
} from "../../src/checkpoint/index.ts";
import { pretrain, type PretrainingRecipe, type StepReport } from "../../src/training/index.ts";

const { values } = parseArgs({
  options: {
    corpus: { type: "string" },
    run: { type: "string" },
    recipe: { type: "string", default: path.join(import.meta.dirname, "recipe.json") },
    threads: { type: "string", default: "2" },
    steps: { type: "string" },
    decay: { type: "string" },
    until: { type: "string" },
    nice: { type: "string", default: "10" },
    from: { type: "string" },
    out: { type: "string" },
  },
});
if (values.corpus === undefined || values.run === undefined) {
  console.error("usage: train.ts --corpus DIR --run DIR [--steps N] [--decay N] [--out DIR]");
  process.exit(2);
}
const { corpus, run } = values;
os.setPriority(Number(values.nice));
mkdirSync(run, { recursive: true });

const base = JSON.parse(readFileSync(values.recipe, "utf8")) as PretrainingRecipe;
const recipe: PretrainingRecipe = {
  ...base,
  schedule: {
    ...base.schedule,
    totalSteps: Number(values.steps ?? base.schedule.totalSteps),
    decaySteps: Number(values.decay ?? base.schedule.decaySteps),
  },
};

const until = Number(values.until ?? Infinity);
let stopping = false;
let lastStep = 0;
process.on("SIGINT", () => (stopping = true));
process.on("SIGTERM", () => (stopping = true));

const REPORT_EVERY = 25;
let lossSum = 0;
let summed = 0;
let last = performance.now();
const log = path.join(run, "loss.jsonl");

function report({ step, totalSteps, loss, rate, gradientNorm, tokens, seconds }: StepReport): void {
  lossSum += loss;
  summed++;
  lastStep = step;
  const end = Math.min(totalSteps, until);
  if (step % REPORT_EVERY !== 0 && step !== end) return;
  const now = performance.now();
  const msPerStep = (now - last) / summed;
  const mean = lossSum / summed;
  lossSum = 0;
  summed = 0;
  last = now;
  appendFileSync(log, `${JSON.stringify({ step, loss: mean, rate, tokens, seconds })}\n`);
  const minutesLeft = ((end - step) * msPerStep) / 60_000;
  console.error(
    `step ${step}/${end}  loss ${mean.toFixed(4)}  rate ${rate.toExponential(2)}  ` +
      `norm ${gradientNorm.toFixed(2)}  ${(tokens / seconds).toFixed(0)} tokens/s  ` +
      `${msPerStep.toFixed(0)} ms a step  ${minutesLeft.toFixed(0)} min left`,
  );
}

const result = await pretrain({
  recipe,
  corpusDirectory: corpus,
  runDirectory: run,
  threads: Number(values.threads),
  checkpointEverySeconds: 300,
  onReport: report,
  shouldStop: () => stopping || lastStep >= until,
  weights: values.from === undefined ? undefined : readHuggingFaceWeights(values.from),
});
const out = values.out ?? path.join(run, "model");
saveHuggingFaceDirectory(out, {
  config: recipe.config as ModelConfig,
  tokenizerFiles: readTokenizerFiles(corpus),
  weights: result.weights,
  dtype: "F16",
});
console.error(
  JSON.stringify({ step: result.step, finished: result.finished, passes: result.passes }),
);
if (stopping) process.exitCode = 130;
