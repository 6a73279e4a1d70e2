// Pre-training from a corpus of shards, resumable at any moment: the recipe in, a model directory
// out. It prints nothing; whoever calls it watches through `onReport`.

import { createHash } from "node:crypto";
import path from "node:path";
import { AppError, createRandom, systemClock } from "../base/index.ts";
import { maskedLanguageModel, type RawConfig } from "../models/index.ts";
import type { Weights } from "../checkpoint/index.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { SpecialIds } from "./data/batch.ts";
import type { MaskingMix } from "./data/masking.ts";
import { Sampler, type Source } from "./data/sampler.ts";
import { readShard, TOKEN_MASK } from "./data/shard.ts";
import { maskedLmStep } from "./masked-lm-step.ts";
import type { AdamWSettings } from "./optimisation/adamw.ts";
import { initialWeights, trainedParameter, type TrainedParameter } from "./parameters.ts";
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
  readonly phases: TrainerOptions["phases"];
}

export interface PretrainingOptions {
  readonly recipe: PretrainingRecipe;
  readonly corpusDirectory: string;
  /** Holds `checkpoint/`; a run found there is continued. */
  readonly runDirectory: string;
  readonly threads: number;
  readonly checkpointEverySeconds: number;
  readonly onReport: (report: StepReport) => void;
  /** Asked after each step; true ends the run with a checkpoint. */
  readonly shouldStop: () => boolean;
}

export interface PretrainingResult {
  readonly weights: Weights;
  readonly step: number;
  /** False when stopped before the last step. */
  readonly finished: boolean;
  /** Passes over each source. */
  readonly passes: Readonly<Record<string, number>>;
}

/**
 * Trains until the schedule ends or `shouldStop` says so.
 *
 * @throws AppError `conflict` when the checkpoint found belongs to another recipe,
 *   `training_failed` when the loss is not finite.
 */
export async function pretrain(options: PretrainingOptions): Promise<PretrainingResult> {
  const { recipe, corpusDirectory } = options;
  const model = maskedLanguageModel(recipe.config);
  const sources = recipe.sources.map(({ name, weight, masking }): Source => {
    return { shard: readShard(corpusDirectory, name), weight, masking };
  });
  const frequencies = tokenFrequencies(sources, model.vocabularySize);
  const fresh = initialWeights(model, createRandom(recipe.seed), frequencies);
  const parameters = [...fresh].map(([name, tensor]) => trainedParameter(name, tensor));
  const checkpoint = path.join(options.runDirectory, "checkpoint");
  const fingerprint = fingerprintOf(recipe);
  const resumed = loadCheckpoint(checkpoint, parameters, fingerprint);
  const sampler = new Sampler(sources, recipe.seed, resumed?.sampler);
  using gradients = await maskedLmStep(model, parameters, options.threads);
  const trainer = createTrainer(
    recipe,
    { parameters, gradients, sampler, special: recipe.special, clock: systemClock },
    resumed,
  );

  let savedAt = systemClock.monotonicMs();
  const save = (): void => {
    saveCheckpoint(checkpoint, parameters, trainer.state(fingerprint));
    savedAt = systemClock.monotonicMs();
  };
  const { totalSteps } = recipe.schedule;
  if (trainer.step > totalSteps) {
    throw new AppError("conflict", `the run is at step ${trainer.step}, past ${totalSteps}`);
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
    finished: trainer.step >= totalSteps,
    passes: sampler.passes(),
  };
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

/** The schedule and the phases may change on the way; model, data and seed may not. */
function fingerprintOf({ config, sources, seed }: PretrainingRecipe): string {
  const names = sources.map(({ name }) => name);
  return createHash("sha256").update(JSON.stringify({ config, names, seed })).digest("hex");
}

function weightsOf(parameters: readonly TrainedParameter[]): Weights {
  return new Map(parameters.map(({ name, shape, weights }) => [name, { shape, data: weights }]));
}
