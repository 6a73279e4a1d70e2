// From a version and a file of samples to the order of a training run, and from what came out of it
// to a new version. The command line and the server's runs share it.

import path from "node:path";
import { AppError, required } from "../base/index.ts";
import type { Registry, ResolvedVersion, Version } from "../registry/index.ts";
import type {
  FinishedTraining,
  GateLimits,
  TrainingOrder,
  TrainingRecipe,
  TuningOrder,
} from "../training/index.ts";
import {
  LORA_DEFAULTS,
  LORA_TARGETS,
  type LoraSettings,
  type LoraTarget,
  type PatchRecipe,
} from "../wire/index.ts";
import type { SampleOrigins } from "./sample-origins.ts";
import { suitesOf, type ShippedSuites } from "./suites.ts";
import type { TrainingRecord } from "./training-record.ts";

/** What ships for incremental training and for measuring. */
export interface ShippedMaterial extends ShippedSuites {
  readonly replayFile: string;
}

export interface TrainingWish {
  readonly recipe: TrainingRecipe;
  /** Of the recipe `lora`; what is not named is as in LORA_DEFAULTS. */
  readonly lora?: LoraWish | undefined;
  /** The version to begin with. */
  readonly base: ResolvedVersion;
  readonly samplesFile: string;
  /** What earlier versions learned, to be repeated. */
  readonly earlierFile?: string | undefined;
  readonly seed: number;
  readonly epochs?: number | undefined;
  /** 0: all cores. */
  readonly threads: number;
  /** Of disk, for activations that are kept for the next run. */
  readonly cacheBytesMax: number;
  readonly limits: GateLimits;
  /** Of this run alone; when absent, equal wishes get the same, so that a run is found again. */
  readonly runDirectory?: string | undefined;
  /** The version "id@V" whose training is run again; such a run is kept apart from others. */
  readonly replayOf?: string | undefined;
}

/** Some of a LoRA's settings. */
export interface LoraWish {
  readonly rank?: number | undefined;
  readonly alpha?: number | undefined;
  readonly targets?: readonly LoraTarget[] | undefined;
}

/** How a run of a server shall train. */
export interface RecipeWish {
  /** The incremental one when absent. */
  readonly recipe?: PatchRecipe | undefined;
  /** Of the recipe `lora`. */
  readonly lora?: LoraWish | undefined;
}

/** The order of a run. */
export async function orderTraining(
  registry: Registry,
  wish: TrainingWish,
  material: ShippedMaterial,
): Promise<TrainingOrder> {
  const { recipe, base, samplesFile, earlierFile, seed, epochs, threads } = wish;
  const lora = recipe === "lora" ? loraSettings(wish.lora) : undefined;
  const { availableParallelism } = await import("node:os");
  const { dataDirectory } = registry;
  const runDirectory = wish.runDirectory ?? (await directoryFor(wish, { lora, dataDirectory }));
  const common = {
    kind: "train",
    modelDirectory: base.directory,
    samplesFile,
    earlierFile,
    suites: suitesOf(registry, base.id, material),
    runDirectory,
    epochs,
    seed,
    threads: threads === 0 ? availableParallelism() : threads,
    limits: wish.limits,
  } as const;
  if (recipe === "full" || recipe === "pretrain") return { ...common, recipe };
  const { replayFile } = material;
  const files = await filesOf(registry, base);
  const tuning = { ...files, cacheBytesMax: wish.cacheBytesMax, replayFile, lora };
  return { ...common, recipe, tuning };
}

/** The directory that equal wishes get. */
async function directoryFor(
  { recipe, base, samplesFile, earlierFile, seed, epochs = 0, replayOf }: TrainingWish,
  parts: { readonly lora: LoraSettings | undefined; readonly dataDirectory: string },
): Promise<string> {
  const { lora, dataDirectory } = parts;
  const { sha256OfFile } = await import("../checkpoint/index.ts");
  const { runsIn } = await import("../registry/index.ts");
  const { runDirectoryOf } = await import("../training/index.ts");
  return runDirectoryOf(runsIn(dataDirectory), {
    model: base.id,
    files: path.basename(base.directory),
    samples: await sha256OfFile(samplesFile),
    // Whether a file is read as samples or as text is told by its name.
    isLines: /\.jsonl(\.gz)?$/.test(samplesFile) ? 1 : 0,
    recipe,
    seed,
    epochs,
    ...(earlierFile === undefined ? {} : { earlier: await sha256OfFile(earlierFile) }),
    ...(lora === undefined ? {} : { lora: JSON.stringify(lora) }),
    ...(replayOf === undefined ? {} : { replayOf }),
  });
}

/** A recipe with its settings; throws `invalid_input` for settings of another one. */
export function recipeOf({ recipe = "incremental", lora }: RecipeWish): {
  readonly recipe: PatchRecipe;
  readonly lora?: LoraSettings;
} {
  if (recipe === "lora") return { recipe, lora: loraSettings(lora) };
  if (lora === undefined) return { recipe };
  throw new AppError(
    "invalid_input",
    `The recipe is ${recipe}, which has no settings of LoRA; leave "lora" out, or say ` +
      '"recipe": "lora".',
  );
}

/** Equal settings for equal wishes, in whatever order targets are named. */
export function loraSettings({ rank, alpha, targets }: LoraWish = {}): LoraSettings {
  return {
    rank: rank ?? LORA_DEFAULTS.rank,
    alpha: alpha ?? LORA_DEFAULTS.alpha,
    targets: LORA_TARGETS.filter((each) => (targets ?? LORA_DEFAULTS.targets).includes(each)),
  };
}

async function filesOf(
  registry: Registry,
  start: ResolvedVersion,
): Promise<Pick<TuningOrder["tuning"], "baseDirectory" | "base" | "cacheDirectory">> {
  const { baseDirectoryOf } = await import("../checkpoint/index.ts");
  const { activationsIn } = await import("../registry/index.ts");
  const baseDirectory = baseDirectoryOf(start.directory);
  const key = path.basename(baseDirectory);
  const { versions } = await registry.showModel(start.id);
  const base = required(
    versions.find((version) => version.key === key),
    `the base ${key} of ${start.id}@${start.version}`,
  );
  return {
    baseDirectory,
    base: { key, sha256: base.sha256 },
    cacheDirectory: path.join(activationsIn(registry.dataDirectory), key),
  };
}

/** Stores the new version. `run` is the id of the run, where it has one. */
export async function storeTrained(
  registry: Registry,
  trained: {
    readonly order: TrainingOrder;
    readonly base: ResolvedVersion;
    readonly finished: FinishedTraining;
    readonly record: TrainingRecord;
    readonly origins?: SampleOrigins | undefined;
    readonly run?: string | undefined;
  },
): Promise<Version> {
  const { order, base, finished, record, origins, run } = trained;
  const { recipe, seed, epochs } = order;
  const { steps, seconds, before, after, gate, counts, drift, accuracy, tuning, directory } =
    finished;
  const leftOut = (finished.suspects ?? []).flatMap(({ row, isLeftOut }) =>
    isLeftOut ? [row] : [],
  );
  return registry.addVersion(base.id, directory, {
    state: gate.passed ? "ready" : "refused",
    origin: "trained",
    parent: base.version,
    metrics: {
      recipe,
      seed,
      epochs,
      steps,
      seconds,
      before,
      after,
      gate,
      counts,
      record,
      ...(drift === undefined ? {} : { drift }),
      ...(accuracy === undefined ? {} : { accuracy }),
      ...(origins === undefined ? {} : { origins }),
      ...(leftOut.length === 0 ? {} : { leftOut }),
      ...(run === undefined ? {} : { run }),
      ...tuning,
    },
  });
}

/** The file with the weights that a training has changed, in a directory of a version. */
export async function trainedFileIn(directory: string): Promise<string> {
  const { isPatch, PATCH_FILE } = await import("../checkpoint/index.ts");
  return path.join(directory, isPatch(directory) ? PATCH_FILE : "model.safetensors");
}
