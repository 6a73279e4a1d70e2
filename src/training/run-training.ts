// One training run from order to outcome: measure the version before, train by the recipe, write
// the new version, measure it, judge it. Runs in a process of its own; see train.main.ts.

import { rmSync, statSync } from "node:fs";
import path from "node:path";
import { saveHuggingFaceDirectory, type Weights } from "../checkpoint/index.ts";
import {
  fillMetrics,
  readSettings,
  settingsFileOf,
  withWords,
  type FillMetrics,
} from "../tasks/fill-mask/index.ts";
import { UnusableCheckpoint } from "./checkpoint.ts";
import { driftRemarks, judge } from "./gate.ts";
import { runTuning } from "./incremental/run.ts";
import type { TrainingOrder, TrainingOutcome, WholeOrder } from "./order.ts";
import { prepareFineTuning } from "./recipes/full.ts";
import { prepareTextTraining } from "./recipes/pretrain.ts";
import type { RunControl } from "./recipes/recipe.ts";
import { openStartingPoint, type StartingPoint } from "./recipes/starting-point.ts";
import { checkpointIn, holdRunDirectory, type RunDirectory } from "./run-directory.ts";
import { WholeMeasurer } from "./whole-measuring.ts";

/**
 * Carries out an order. A run that was stopped or killed is continued, and gives what it would have
 * given without the pause; where its checkpoint cannot be gone on from, it begins anew and says so.
 *
 * @throws AppError for bad samples or models, `conflict` while the same run is under way,
 *   `training_failed` when the loss or the gradients are not finite, `cancelled` when stopped while
 *   measuring.
 */
export async function runTraining(
  order: TrainingOrder,
  control: RunControl,
): Promise<TrainingOutcome> {
  using run = await holdRunDirectory(order.runDirectory);
  const train = (): Promise<TrainingOutcome> =>
    "tuning" in order ? runTuning(order, run, control) : trainAllWeights(order, run, control);
  try {
    return await train();
  } catch (error) {
    if (!(error instanceof UnusableCheckpoint)) throw error;
    control.onProgress({ phase: "note", text: `${whyAnew(error)}; the training begins anew` });
    // Weights may have been filled from it in part, so all of them are read again.
    rmSync(checkpointIn(order.runDirectory), { recursive: true, force: true });
    return await train();
  }
}

function whyAnew({ code }: UnusableCheckpoint): string {
  return code === "conflict"
    ? "the checkpoint was made with another version of the program, or with other data"
    : "the checkpoint is damaged";
}

async function trainAllWeights(
  order: WholeOrder,
  run: RunDirectory,
  control: RunControl,
): Promise<TrainingOutcome> {
  const { runDirectory, threads } = order;
  const start = openStartingPoint(order);
  const prepared =
    order.recipe === "full"
      ? prepareFineTuning(order, start, control)
      : prepareTextTraining(order, start, control);
  const { heldOut } = prepared.measures;
  const measurer = new WholeMeasurer(prepared.measures, threads, control);
  const before =
    start.weights === undefined
      ? undefined
      : await run.remembered("before", prepared.measures, () => {
          return measurer.before(order.modelDirectory);
        });
  const trained = await prepared.train(checkpointIn(runDirectory));
  const { step, totalSteps, remarks } = trained;
  if (!trained.finished) return { kind: "stopped", step, totalSteps };

  const directory = path.join(runDirectory, "model");
  saveVersion(directory, start, { weights: trained.weights, words: prepared.words });
  const after = await measurer.after(directory, before);
  const { drift, accuracy } = after;
  const metrics = before?.metrics ?? noAnswers(heldOut.length);
  const forgotten = drift === undefined ? [] : driftRemarks(drift, order.limits);
  return {
    kind: "finished",
    directory,
    patchBytes: statSync(path.join(directory, "model.safetensors")).size,
    seconds: (before?.seconds ?? 0) + trained.seconds + after.seconds,
    steps: step,
    before: metrics,
    after: after.metrics,
    gate: judge(metrics, after.metrics, order.limits, [...remarks, ...forgotten]),
    counts: { training: prepared.trainingCount, heldOut: heldOut.length },
    drift,
    accuracy,
  };
}

/** How a model without weights would do: no answer, no confidence. */
function noAnswers(count: number): FillMetrics {
  return fillMetrics(Array.from({ length: count }, () => ({ rank: undefined, confidence: 0 })));
}

function saveVersion(
  directory: string,
  start: StartingPoint,
  { weights, words }: { readonly weights: Weights; readonly words: readonly string[] },
): void {
  saveHuggingFaceDirectory(directory, {
    config: start.config,
    tokenizerFiles: start.tokenizerFiles,
    weights,
    dtype: start.dtype,
    otherFiles: settingsFileOf(withWords(readSettings(start.directory), words, start.tokenizer)),
  });
}
