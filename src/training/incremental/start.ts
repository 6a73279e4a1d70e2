// What an incremental training begins with: a version, the base that its patches are made against,
// and the weights above the cut. Those below it are never read here.

import {
  baseDirectoryOf,
  openHuggingFaceDirectory,
  type ModelConfig,
  type Tensor32,
  type TokenizerFiles,
  type Weights,
} from "../../checkpoint/index.ts";
import { maskedLanguageModel } from "../../models/index.ts";
import { openTokenizer } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { tuningPlan } from "./plan.ts";
import type { Suffix, SuffixWeight } from "./tuning-step.ts";

export interface TuningStart {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  readonly suffix: Suffix;
  /** The weights that may change, as they are now: at first those of the version begun with. */
  readonly weights: readonly SuffixWeight[];
  /** Their shares of the learning rate, 0..1. */
  readonly rateShares: ReadonlyMap<string, number>;
  /** The same that stay as read: of the version begun with, and of its base. */
  readonly startWeights: Weights;
  readonly baseWeights: Weights;
}

/** Reads a version; errors as `openHuggingFaceDirectory`. */
export function openTuningStart(modelDirectory: string, threads: number): TuningStart {
  using version = openHuggingFaceDirectory(modelDirectory);
  const baseDirectory = baseDirectoryOf(modelDirectory);
  using base = openHuggingFaceDirectory(baseDirectory);
  const { config } = version;
  const model = maskedLanguageModel(config);
  const { cut, rateShares } = tuningPlan(model);
  const readAll = (read: (name: string) => Tensor32): Weights =>
    new Map([...rateShares.keys()].map((name) => [name, read(name)]));
  const startWeights = readAll((name) => version.readTensor(name));
  const baseWeights =
    baseDirectory === modelDirectory ? startWeights : readAll((name) => base.readTensor(name));
  const { decoderName } = model;
  const frozen = new Map([[decoderName, base.readTensor(decoderName)]]);
  const tokenizerFiles = version.readTokenizerFiles();
  return {
    config,
    tokenizerFiles,
    tokenizer: openTokenizer(tokenizerFiles),
    suffix: { model, cut, frozen, threads },
    weights: [...startWeights].map(([name, { shape, data }]) => {
      return { name, shape, weights: data.slice() };
    }),
    rateShares,
    startWeights,
    baseWeights,
  };
}
