// One training run as a process of the server does it: train, open what came out, store it. The
// server itself never loads an engine; see job.main.ts.

import { existsSync, statSync } from "node:fs";
import { AppError } from "../base/index.ts";
import { isHeld } from "../jobs/index.ts";
import { openRegistry, type Registry, type Version } from "../registry/index.ts";
import type { FillerOptions } from "../tasks/fill-mask/index.ts";
import type { GateLimits, RunControl, TrainingProgressReport } from "../training/index.ts";
import type { LoraSettings, PatchRecipe, RunResult } from "../wire/index.ts";
import type { LearnedFrom } from "./kept-samples.ts";
import { openVersion } from "./open-version.ts";
import { feedbackOrigins, sampleOrigins } from "./sample-origins.ts";
import { settleRun, versionOfRun } from "./settle-run.ts";
import {
  orderTraining,
  storeTrained,
  trainedFileIn,
  type ShippedMaterial,
} from "./training-order.ts";
import { recordTraining } from "./training-record.ts";

/** Everything that a job needs to know; its first message. */
export interface JobOrder {
  readonly kind: "job";
  /** The id of the run. */
  readonly run: string;
  readonly model: string;
  /** The version to begin with. */
  readonly base: string;
  readonly samplesFile: string;
  /** Whether the samples came with the request, and stand nowhere else. */
  readonly isUpload: boolean;
  readonly earlierFile?: string | undefined;
  /** Of what is repeated, that which came from no feedback. */
  readonly keptFile?: string | undefined;
  /** Of this run alone. */
  readonly runDirectory: string;
  readonly recipe: PatchRecipe;
  readonly lora?: LoraSettings | undefined;
  readonly seed: number;
  readonly epochs?: number | undefined;
  readonly dataDirectory: string;
  /** Of the training; 0: all cores. */
  readonly threads: number;
  /** Of disk, for activations that are kept for the next run. */
  readonly cacheBytesMax: number;
  /** How the new version is opened to see whether it works. */
  readonly filler: FillerOptions;
  readonly material: ShippedMaterial;
  /** What the new version must not lose. */
  readonly limits: GateLimits;
  /** Where package.json is. */
  readonly packageRoot: string;
}

export type ToJob = JobOrder | { readonly kind: "stop" };

export type FromJob =
  | { readonly kind: "progress"; readonly progress: TrainingProgressReport }
  | { readonly kind: "storing" }
  | { readonly kind: "ended"; readonly outcome: JobOutcome };

export type JobOutcome =
  | { readonly kind: "stopped" }
  | { readonly kind: "stored"; readonly result: RunResult }
  | {
      readonly kind: "failed";
      readonly code: string;
      readonly message: string;
      /** Another process is at the run, such as that of a server that was just killed. */
      readonly isHeld?: boolean;
    };

/** Trains and stores; what was done before a stop or a kill is not done again. */
export async function runJob(
  job: JobOrder,
  control: RunControl,
  onStoring: () => void,
): Promise<JobOutcome> {
  const training = await import("../training/index.ts");
  await using registry = await openRegistry(job.dataDirectory, {
    validate: (directory, parent) => openVersion(directory, { options: job.filler, parent }),
  });
  const { run, model } = job;
  const done = await versionOfRun(registry, job.run);
  if (done !== undefined) return await endStored(registry, job, done);
  const base = await registry.resolve(`${model}@${job.base}`);
  const order = await orderTraining(registry, { ...job, base }, job.material);
  const record = await recordTraining(order, job.packageRoot);
  const { isUpload, samplesFile } = job;
  const origins = isUpload
    ? await sampleOrigins(samplesFile, { from: "upload" })
    : await feedbackOrigins(registry.feedback, run, samplesFile);
  const finished = await training.runTraining(order, control);
  if (finished.kind === "stopped") return { kind: "stopped" };
  onStoring();
  const trained = { order, base, finished, record, origins, run };
  // Another process may have been at the same run until just now.
  const version = (await versionOfRun(registry, run)) ?? (await storeTrained(registry, trained));
  const { suspects = [] } = finished;
  const kept = keptOf(job);
  await settleRun(registry, { run, version, file: samplesFile, kept, suspects });
  training.discardRun(order.runDirectory);
  return { kind: "stored", result: resultOf(version, finished) };
}

/** Ends a run whose version is stored. Its samples may be gone: then they are settled. */
async function endStored(registry: Registry, job: JobOrder, stored: Version): Promise<JobOutcome> {
  const { samplesFile, run, model, runDirectory } = job;
  const isLeft = existsSync(samplesFile);
  const kept = isLeft ? keptOf(job) : undefined;
  await settleRun(registry, { run, version: stored, file: samplesFile, kept });
  if (isLeft) {
    const { discardRun } = await import("../training/index.ts");
    discardRun(runDirectory);
  }
  const { directory } = await registry.resolve(`${model}@${stored.version}`);
  const patchBytes = statSync(await trainedFileIn(directory)).size;
  // As `storeTrained` wrote them.
  const found = stored.metrics as unknown as Omit<RunResult, "version" | "patchBytes">;
  return { kind: "stored", result: resultOf(stored, { ...found, patchBytes }) };
}

/** Whoever sent samples over HTTP had them scrubbed at the door. */
function keptOf({ isUpload, samplesFile, keptFile }: JobOrder): LearnedFrom {
  return { samplesFile: isUpload ? samplesFile : undefined, keptFile };
}

function resultOf({ version }: Version, found: Omit<RunResult, "version">): RunResult {
  const { before, after, counts, gate, patchBytes, seconds, steps } = found;
  return {
    version,
    counts,
    before: measured(before),
    after: measured(after),
    gate,
    patchBytes,
    seconds,
    steps,
  };
}

/** An error as an outcome; being stopped while it measured is none. */
export function outcomeOf(error: unknown): JobOutcome {
  if (!(error instanceof AppError)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { kind: "failed", code: "internal", message };
  }
  const { code, message } = error;
  if (code === "cancelled") return { kind: "stopped" };
  return { kind: "failed", code, message, isHeld: isHeld(error) };
}

function measured({ count, top1, top3, ece }: RunResult["before"]): RunResult["before"] {
  return { count, top1, top3, ece };
}
