// Pre-training from a corpus of shards, resumable at any moment: the recipe in, a model directory
// out. It prints nothing; whoever calls it watches through `onReport`.

import { createHash } from "node:crypto";
import path from "node:path";
import { createRandom, required, systemClock } from "../base/index.ts";
import { maskedLanguageModel, type MaskedLanguageModel, type RawConfig } from "../models/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import {
  loadCheckpoint,
  saveCheckpoint,
  UnusableCheckpoint,
  type SavedState,
} from "./checkpoint.ts";
import type { SpecialIds } from "./data/batch.ts";
import type { MaskingMix } from "./data/masking.ts";
import { PackedBatches, type PackedBatchesState, type Phase } from "./data/packed-batches.ts";
import { Sampler, type Source } from "./data/sampler.ts";
import { readShard, TOKEN_MASK, type TokenShard } from "./data/shard.ts";
import { maskedLmStep } from "./masked-lm-step.ts";
import type { AdamWSettings } from "./optimisation/adamw.ts";
import { createOptimiser } from "./optimisation/optimiser.ts";
import { initialWeights, trainedParameter, weightsFor, weightsOf } from "./parameters.ts";
import { createTrainer, type StepReport, type TrainerOptions } from "./trainer.ts";

/** Everything that defines a pre-training run, as it lies in a recipe file. */
export interface PretrainingRecipe {
  /** Hugging Face config.json of the model. */
  readonly config: RawConfig;
  readonly special: SpecialIds;
  readonly sources: readonly {
    readonly name: string;
    /** Share of tokens, relative to the other sources. */
    readonly weight: number;
    readonly masking: MaskingMix;
  }[];
  readonly adamw: AdamWSettings;
  readonly clipNorm: number;
  readonly seed: number;
  readonly schedule: TrainerOptions["schedule"];
  readonly phases: readonly Phase[];
}

interface RunOptions {
  readonly recipe: PretrainingRecipe;
  /** Holds `checkpoint/`; a run found there is continued. */
  readonly runDirectory: string;
  readonly threads: number;
  readonly checkpointEverySeconds: number;
  readonly onReport: (report: StepReport) => void;
  /** Asked after each step; true ends the run with a checkpoint. */
  readonly shouldStop: () => boolean;
  /** The weights to begin with, left as they are; fresh ones when absent. */
  readonly weights?: Weights | undefined;
}

export interface PretrainingOptions extends RunOptions {
  /** Holds a shard for each source of the recipe. */
  readonly corpusDirectory: string;
}

export interface ContinuedPretrainingOptions extends RunOptions {
  /** A shard for each source of the recipe, by name. */
  readonly shards: ReadonlyMap<string, TokenShard>;
}

type PretrainingState = SavedState & PackedBatchesState;

export interface PretrainingResult {
  readonly weights: Weights;
  readonly step: number;
  /** Since the run's first step, pauses left out. */
  readonly seconds: number;
  /** False when stopped before the last step. */
  readonly finished: boolean;
  /** Passes over each source. */
  readonly passes: Readonly<Record<string, number>>;
}

/**
 * Trains until the schedule ends or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another recipe or other data,
 *   `training_failed` when the loss or the gradients are not finite.
 */
export async function pretrain(options: PretrainingOptions): Promise<PretrainingResult> {
  const { recipe, corpusDirectory } = options;
  const shards = recipe.sources.map(
    ({ name }) => [name, readShard(corpusDirectory, name)] as const,
  );
  return continuePretraining({ ...options, shards: new Map(shards) });
}

/** As {@link pretrain}, from given weights and on text that is in memory. */
export async function continuePretraining(
  options: ContinuedPretrainingOptions,
): Promise<PretrainingResult> {
  const { recipe, shards } = options;
  const model = maskedLanguageModel(recipe.config);
  const sources = recipe.sources.map(({ name, weight, masking }): Source => {
    return { shard: required(shards.get(name), `shard ${name}`), weight, masking };
  });
  const initial =
    options.weights === undefined
      ? freshWeights(model, recipe, sources)
      : weightsFor(model, options.weights);
  const parameters = [...initial].map(([name, tensor]) => trainedParameter(name, tensor));
  const checkpoint = path.join(options.runDirectory, "checkpoint");
  const fingerprint = fingerprintOf(recipe, sources);
  const saved = loadCheckpoint(checkpoint, parameters, fingerprint);
  const resumed = saved as PretrainingState | undefined;
  const sampler = new Sampler(sources, recipe.seed, resumed?.sampler);
  const batches = new PackedBatches(sampler, recipe, resumed);
  using gradients = await maskedLmStep(model, parameters, options.threads);
  using optimiser = createOptimiser(parameters, { threads: options.threads });
  const parts = { parameters, gradients, batches, clock: systemClock, optimiser };
  const trainer = createTrainer(recipe, parts, resumed);

  let savedAt = systemClock.monotonicMs();
  const save = (): void => {
    const state: PretrainingState = { ...trainer.progress(), ...batches.state(), fingerprint };
    saveCheckpoint(checkpoint, parameters, state);
    savedAt = systemClock.monotonicMs();
  };
  const { totalSteps } = recipe.schedule;
  if (trainer.step > totalSteps) {
    const message = `the run is at step ${trainer.step}, past ${totalSteps}`;
    throw new UnusableCheckpoint("conflict", message);
  }
  while (trainer.step < totalSteps && !options.shouldStop()) {
    options.onReport(await trainer.advance());
    const dueMs = savedAt + options.checkpointEverySeconds * 1000;
    if (systemClock.monotonicMs() > dueMs) save();
  }
  save();
  return {
    weights: weightsOf(parameters),
    step: trainer.step,
    seconds: trainer.progress().seconds,
    finished: trainer.step >= totalSteps,
    passes: sampler.passes(),
  };
}

function freshWeights(
  model: MaskedLanguageModel,
  { seed }: PretrainingRecipe,
  sources: readonly Source[],
): Weights {
  const frequencies = tokenFrequencies(sources, model.vocabularySize);
  return initialWeights(model, createRandom(seed), frequencies);
}

/** The shares of tokens [V] in the mixture that the sources are drawn into. */
function tokenFrequencies(sources: readonly Source[], vocabularySize: number): Float64Array {
  const mixture = new Float64Array(vocabularySize);
  for (const { shard, weight } of sources) {
    const each = weight / shard.tokens.length;
    for (const token of shard.tokens) {
      const id = token & TOKEN_MASK;
      mixture[id] = (mixture[id] ?? 0) + each;
    }
  }
  return mixture;
}

/** The schedule and the phases may change on the way; model, data, its mixture and seed may not. */
function fingerprintOf({ config, seed }: PretrainingRecipe, sources: readonly Source[]): string {
  const data = sources.map(({ shard, weight, masking }) => {
    // Places in a shard are kept by number: in another text they would be others.
    const content = createHash("sha256").update(shard.offsets).update(shard.tokens).digest("hex");
    return { name: shard.name, content, weight, masking };
  });
  return createHash("sha256").update(JSON.stringify({ config, data, seed })).digest("hex");
}
