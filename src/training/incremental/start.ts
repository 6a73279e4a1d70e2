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
import { required } from "../../base/index.ts";
import { maskedLanguageModel } from "../../models/index.ts";
import { openTokenizer } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { trainedParameter, type TrainedParameter } from "../parameters.ts";
import { tuningPlan } from "./plan.ts";
import type { Suffix } from "./tuning-step.ts";

export interface TuningStart {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly tokenizerFiles: TokenizerFiles;
  readonly suffix: Suffix;
  /** The weights that learn, as they are in the version begun with. */
  readonly parameters: readonly TrainedParameter[];
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
    parameters: [...rateShares].map(([name, share]) => {
      const { shape, data } = required(startWeights.get(name), name);
      return trainedParameter(name, { shape, data: data.slice() }, share);
    }),
    startWeights,
    baseWeights,
  };
}
