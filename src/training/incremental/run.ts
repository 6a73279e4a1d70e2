// One incremental training from order to outcome: activations of the frozen layers, the loop, how
// far to go, how sure to be, what was forgotten, and the patch.

import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { systemClock } from "../../base/index.ts";
import { savePatch } from "../../checkpoint/index.ts";
import {
  readSettings,
  settingsFileOf,
  withWords,
  type FillMaskSettings,
} from "../../tasks/fill-mask/index.ts";
import { noteLeftOut } from "../data/left-out.ts";
import { remarksOn, type EarlyStoppingResult } from "../early-stopping.ts";
import { driftRemarks, judge } from "../gate.ts";
import type { FinishedTraining, TrainingOutcome, TuningOrder } from "../order.ts";
import type { RunControl } from "../recipes/recipe.ts";
import { checkpointIn, othersSinceMs, type RunDirectory } from "../run-directory.ts";
import { stepReporter } from "../step-reporter.ts";
import { trimActivations } from "./activation-cache.ts";
import { lowRankAdaptation, wholeAdaptation } from "./adaptation.ts";
import { withoutInterference } from "./interference.ts";
import {
  cachedRows,
  earlierForms,
  learnedForms,
  measuredRows,
  readMaterial,
  withoutSamples,
  type Material,
} from "./material.ts";
import { Measurer, type Parts, type Sweep } from "./measuring.ts";
import { rowWork } from "./plan.ts";
import { CachedPrefix } from "./prefix-process.ts";
import { openTuningStart, type TuningStart } from "./start.ts";
import { suspectsAmong, type Suspect } from "./suspects.ts";
import type { FeaturedRow } from "./tuning-batches.ts";
import { tune, type TuningSettings } from "./tune.ts";
import { suffixScorer } from "./tuning-step.ts";

/** Narrow models take more passes, and larger steps: 13 and 3.6e-4 at the 768 of bert-base. */
const passesAt = (width: number): number => Math.min(90, Math.round(7.9e6 / width ** 2));
const peakRateAt = (width: number): number => Math.min(0.84 / width, 210 / width ** 2);
const ROWS_IN_BATCH = 16;
/** Rows to keep in a batch: what a narrow model forgets depends on how many it sees. */
const keptInBatchAt = (width: number): number =>
  Math.max(ROWS_IN_BATCH, Math.min(32, Math.round(8192 / width)));
/** The factors of a low-rank product need larger steps than a matrix. */
const LORA_RATE_FACTOR = 1.1;
const KEPT_WEIGHT = 5;

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
  const prepared = await timed.during("load", () => prepare(order, control));
  const { start, adaptation, settings } = prepared;
  const { model, cut, threads } = start.suffix;
  const { baseDirectory, cacheDirectory } = order.tuning;
  const source = { modelDirectory: baseDirectory, cut, cacheDirectory, threads };
  using prefix = new CachedPrefix(source, model.hiddenSize);
  const { material, suspects } = await timed.during("prefix", () =>
    learnable(prepared, prefix, { seed: order.seed, control }),
  );

  using scorer = await suffixScorer(start.suffix, start.weights);
  const { limits } = order;
  const parts = { start, adaptation, material, prefix, scorer, control, limits };
  const measurer = new Measurer(order.modelDirectory, parts);
  const before = await timed.during("before", () =>
    run.remembered("before", measurer.asked, () => measurer.before()),
  );
  // The process with the whole model ends before training begins.
  prefix.end();

  const tuned = await timed.during("training", async () =>
    train(order, { ...parts, settings, kept: await measurer.keptFeatures() }),
  );
  const { step, totalSteps } = tuned;
  if (!tuned.finished) return { kind: "stopped", step, totalSteps };

  const sweep = await timed.during("sweep", async () => {
    const { cache } = prefix;
    const learned = await withoutInterference(tuned.weights, { ...parts, cache, seed: order.seed });
    return measurer.sweep(learned, before);
  });
  const { temperature, drift } = sweep;
  const { training, earlier } = material;
  const words = [...earlier, ...training].flatMap(({ sample }) => sample.answers);
  const fillMaskBefore = readSettings(order.modelDirectory);
  const fillMask = withWords({ ...fillMaskBefore, temperature }, words, start.tokenizer);
  const after = await timed.during("after", () => measurer.after(fillMask));
  const files = saveResult(order, { start, differences: sweep.differences, fillMask });
  const secondsByPhase = timed.seconds();
  const remarks = [...remarksOn(tuned), ...driftRemarks(drift, limits)];
  return {
    kind: "finished",
    ...files,
    seconds: Object.values(secondsByPhase).reduce((sum, each) => sum + each, 0),
    steps: step,
    before: before.metrics,
    after,
    gate: judge(before.metrics, after, limits, remarks),
    counts: { training: training.length, heldOut: material.heldOut.length },
    suspects,
    drift,
    tuning: { alpha: sweep.chosen.alpha, sweep: sweep.points, temperature, secondsByPhase },
  };
}

/** Writes the new version into the run's directory, and makes room for the next run. */
function saveResult(
  { runDirectory, tuning }: TuningOrder,
  {
    start,
    differences,
    fillMask,
  }: Pick<Sweep, "differences"> & {
    readonly start: TuningStart;
    readonly fillMask: FillMaskSettings;
  },
): Pick<FinishedTraining, "directory" | "patchBytes"> {
  const directory = path.join(runDirectory, "model");
  savePatch(directory, {
    base: tuning.base,
    config: start.config,
    tokenizerFiles: start.tokenizerFiles,
    differences,
    otherFiles: settingsFileOf(fillMask),
  });
  trimActivations(path.dirname(tuning.cacheDirectory), {
    bytesMax: tuning.cacheBytesMax,
    usedSinceMs: othersSinceMs(runDirectory),
  });
  return { directory, patchBytes: statSync(path.join(directory, "patch.safetensors")).size };
}

async function prepare(order: TuningOrder, control: RunControl) {
  const start = openTuningStart(order.modelDirectory, order.threads);
  const { suffix, tokenizer } = start;
  const { lora } = order.tuning;
  const { seed } = order;
  const adaptation =
    lora === undefined ? wholeAdaptation(start) : lowRankAdaptation(start, { lora, seed });
  const { sequenceMax, hiddenSize } = suffix.model;
  const work = rowWork(suffix.model);
  const material = readMaterial(order, { tokenizer, sequenceMax }, { work, control });
  const settings: TuningSettings = {
    epochs: order.epochs ?? passesAt(hiddenSize),
    rowsInBatch: ROWS_IN_BATCH,
    keptInBatch: keptInBatchAt(hiddenSize),
    peakRate: peakRateAt(hiddenSize) * (lora === undefined ? 1 : LORA_RATE_FACTOR),
    keptWeight: KEPT_WEIGHT,
    seed,
  };
  return { start, adaptation, material, settings };
}

/** Fills the cache; gives the material without the samples that the others contradict. */
async function learnable(
  { material, start }: Awaited<ReturnType<typeof prepare>>,
  prefix: CachedPrefix,
  { seed, control }: { readonly seed: number; readonly control: RunControl },
): Promise<{ material: Material; suspects: Suspect[] }> {
  const rows = cachedRows(material);
  await prefix.fill(rows, stepReporter("prefix", { total: rows.length, control }));
  const asked = [...material.training, ...material.heldOut].flatMap(({ sample, accepted }) => {
    const row = accepted[0]?.whole;
    return row === undefined ? [] : [{ sample, row }];
  });
  const { hiddenSize } = start.suffix.model;
  const suspects = suspectsAmong(asked, prefix.cache, { hiddenSize, seed });
  const leftOut = new Set(suspects.filter(({ isLeftOut }) => isLeftOut).map(({ row }) => row));
  const samples = asked.map(({ sample }) => sample);
  const staying = samples.filter(({ row }) => !leftOut.has(row));
  noteLeftOut(samples, staying, { why: "since the others contradict them", control });
  return { material: withoutSamples(material, leftOut), suspects };
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
    words: learnedForms(material),
    earlier: earlierForms(material),
    heldOut: measuredRows(material),
    kept,
    cache: prefix.cache,
    scorer,
    checkpointDirectory: checkpointIn(order.runDirectory),
    fingerprint: fingerprintOf(order, material, settings),
    onReport: ({ step, totalSteps, loss, heldOutLoss, seconds }) => {
      const secondsLeft = (seconds / step) * (totalSteps - step);
      const report = { done: step, total: totalSteps, loss, heldOutLoss, secondsLeft };
      control.onProgress({ phase: "training", ...report });
    },
    shouldStop: control.shouldStop,
  });
}

/** Hash of everything that the loss curve depends on. */
function fingerprintOf(order: TuningOrder, material: Material, settings: TuningSettings): string {
  const { recipe, tuning } = order;
  const { base, lora } = tuning;
  const { kept } = material;
  const [words, earlier] = [learnedForms(material), earlierForms(material)];
  const heldOut = measuredRows(material);
  const facts = { recipe, lora, base, settings, words, earlier, heldOut, kept };
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
