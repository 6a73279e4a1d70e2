// One incremental training from order to outcome: activations of the frozen layers, the loop, how
// far to go, how sure to be, what was forgotten, and the patch.

import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { systemClock } from "../../base/index.ts";
import { savePatch } from "../../checkpoint/index.ts";
import { readSettings, SETTINGS_FILE, withWords } from "../../tasks/fill-mask/index.ts";
import type { EarlyStoppingResult } from "../early-stopping.ts";
import { judge } from "../gate.ts";
import type { TrainingOutcome, TuningOrder } from "../order.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { othersSinceMs, type RunDirectory } from "../run-directory.ts";
import { lowRankAdaptation, wholeAdaptation } from "./adaptation.ts";
import type { DriftReport } from "./drift.ts";
import { readMaterial, type Material } from "./material.ts";
import { DRIFT_LIMIT, Measurer, type Parts } from "./measuring.ts";
import { trimActivations } from "./activation-cache.ts";
import { CachedPrefix } from "./prefix-process.ts";
import { openTuningStart } from "./start.ts";
import type { FeaturedRow } from "./tuning-batches.ts";
import { tune, type TuningSettings } from "./tune.ts";
import { suffixScorer } from "./tuning-step.ts";

const EPOCHS = 20;
const ROWS_IN_BATCH = 16;
const KEPT_WEIGHT = 1;
/** Narrow models take, and need, larger steps: 1e-4 at the 768 of bert-base. */
const RATE_BY_WIDTH = 0.4;
const LORA_RATE_BY_WIDTH = 0.6;

/** Seconds by phase, in the order of the run. */
export type PhaseSeconds = Record<
  "load" | "prefix" | "before" | "training" | "sweep" | "after",
  number
>;

/**
 * Carries out an incremental order; a run that was stopped or killed is continued and gives what it
 * would have given without the pause.
 *
 * @throws AppError as `runTraining`.
 */
export async function runTuning(
  order: TuningOrder,
  run: RunDirectory,
  control: RunControl,
): Promise<TrainingOutcome> {
  const timed = stopwatch();
  const { start, adaptation, material, settings } = await timed.during("load", () =>
    prepare(order, control),
  );
  const { model, cut, threads } = start.suffix;
  const { baseDirectory, cacheDirectory } = order.tuning;
  const source = { modelDirectory: baseDirectory, cut, cacheDirectory, threads };
  using prefix = new CachedPrefix(source, model.hiddenSize);
  await timed.during("prefix", () => fillCache(prefix, material, control));

  using scorer = await suffixScorer(start.suffix, start.weights);
  const parts = { start, adaptation, material, prefix, scorer, control };
  const measurer = new Measurer(order.modelDirectory, parts);
  const before = await timed.during("before", () =>
    run.remembered("before", () => measurer.before()),
  );
  // The process with the whole model ends before training begins.
  prefix.end();

  const tuned = await timed.during("training", async () =>
    train(order, { ...parts, settings, kept: await measurer.keptFeatures() }),
  );
  const { step, totalSteps } = tuned;
  if (!tuned.finished) return { kind: "stopped", step, totalSteps };

  const sweep = await timed.during("sweep", () => measurer.sweep(tuned.weights, before));
  const { temperature, drift } = sweep;
  const fillMask = withWords(
    { ...readSettings(order.modelDirectory), temperature },
    material.words,
  );
  const after = await timed.during("after", () => measurer.after(fillMask));
  const directory = path.join(order.runDirectory, "model");
  savePatch(directory, {
    base: order.tuning.base,
    config: start.config,
    tokenizerFiles: start.tokenizerFiles,
    differences: sweep.differences,
    otherFiles: new Map([[SETTINGS_FILE, `${JSON.stringify(fillMask, null, 2)}\n`]]),
  });
  trimActivations(path.dirname(cacheDirectory), {
    bytesMax: order.tuning.cacheBytesMax,
    usedSinceMs: othersSinceMs(order.runDirectory),
  });
  const secondsByPhase = timed.seconds();
  return {
    kind: "finished",
    directory,
    patchBytes: statSync(path.join(directory, "patch.safetensors")).size,
    seconds: Object.values(secondsByPhase).reduce((sum, each) => sum + each, 0),
    steps: step,
    before: before.metrics,
    after,
    gate: judge(before.metrics, after, remarksOn(tuned, drift)),
    counts: material.counts,
    tuning: {
      alpha: sweep.chosen.alpha,
      sweep: sweep.points,
      temperature,
      drift,
      secondsByPhase,
    },
  };
}

async function prepare(order: TuningOrder, control: RunControl) {
  const start = openTuningStart(order.modelDirectory, order.threads);
  const { weights, suffix, tokenizer } = start;
  const { lora } = order.tuning;
  const { seed } = order;
  const adaptation =
    lora === undefined ? wholeAdaptation(start) : lowRankAdaptation(start, { lora, seed });
  const parameterCount = weights.reduce((sum, each) => sum + each.weights.length, 0);
  const { sequenceMax, hiddenSize } = suffix.model;
  const material = readMaterial(order, { tokenizer, sequenceMax }, { parameterCount, control });
  const settings: TuningSettings = {
    epochs: order.epochs ?? EPOCHS,
    rowsInBatch: ROWS_IN_BATCH,
    peakRate: (lora === undefined ? RATE_BY_WIDTH : LORA_RATE_BY_WIDTH) / hiddenSize,
    keptWeight: KEPT_WEIGHT,
    seed,
  };
  return { start, adaptation, material, settings };
}

async function fillCache(
  prefix: CachedPrefix,
  { rows }: Material,
  { onProgress }: RunControl,
): Promise<void> {
  const total = rows.length;
  await prefix.fill(rows, (done) => onProgress({ phase: "prefix", done, total }));
}

function train(
  order: TuningOrder,
  {
    start,
    adaptation,
    material,
    prefix,
    scorer,
    settings,
    kept,
    control,
  }: Parts & { readonly settings: TuningSettings; readonly kept: readonly FeaturedRow[] },
): Promise<EarlyStoppingResult> {
  const bias = start.suffix.model.scoreBiasName;
  const before = new Map([...start.baseWeights].filter(([name]) => name === bias));
  return tune({
    ...settings,
    adaptation,
    before,
    samples: material.samples,
    heldOut: material.heldOutRows,
    kept,
    cache: prefix.cache,
    scorer,
    checkpointDirectory: path.join(order.runDirectory, "checkpoint"),
    fingerprint: fingerprintOf(order, material, settings),
    onReport: ({ step, totalSteps, loss, heldOutLoss, seconds }) => {
      const secondsLeft = (seconds / step) * (totalSteps - step);
      const report = { done: step, total: totalSteps, loss, heldOutLoss, secondsLeft };
      control.onProgress({ phase: "training", ...report });
    },
    shouldStop: control.shouldStop,
  });
}

function remarksOn({ heldOutLoss }: EarlyStoppingResult, { all }: DriftReport): string[] {
  const remarks: string[] = [];
  const { before, best } = heldOutLoss;
  if (best >= before) remarks.push(`the held-out loss never fell below ${before.toFixed(3)} nats`);
  const lost = all.before - all.after;
  if (lost > DRIFT_LIMIT + 1e-9) {
    remarks.push(
      `the probes fell by ${(100 * lost).toFixed(1)} percentage points over ${all.count} ` +
        `questions; ${(100 * DRIFT_LIMIT).toFixed(1)} are allowed`,
    );
  }
  return remarks;
}

/** Hash of everything that the loss curve depends on. */
function fingerprintOf(
  order: TuningOrder,
  { samples, heldOutRows, kept }: Material,
  settings: TuningSettings,
): string {
  const { recipe, tuning } = order;
  const { base, lora } = tuning;
  const facts = { recipe, lora, base, settings, samples, heldOutRows, kept };
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

function stopwatch() {
  const seconds: Partial<PhaseSeconds> = {};
  return {
    async during<T>(phase: keyof PhaseSeconds, task: () => Promise<T>): Promise<T> {
      const startMs = systemClock.monotonicMs();
      const result = await task();
      seconds[phase] = (systemClock.monotonicMs() - startMs) / 1000;
      return result;
    },
    seconds: () => seconds as PhaseSeconds,
  };
}
