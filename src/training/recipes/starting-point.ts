// The version that a run begins with, read once: configuration, tokenizer and, where it has any,
// weights.

import { existsSync } from "node:fs";
import path from "node:path";
import {
  openHuggingFaceDirectory,
  readModelConfig,
  readTokenizerFiles,
  type ModelConfig,
  type TokenizerFiles,
  type WeightDType,
  type Weights,
} from "../../checkpoint/index.ts";
import { maskedLanguageModel, type MaskedLanguageModel } from "../../models/index.ts";
import { openTokenizer } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { TrainingOrder } from "../order.ts";

export interface StartingPoint {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly model: MaskedLanguageModel;
  readonly tokenizerFiles: TokenizerFiles;
  readonly tokenizer: Tokenizer;
  /** Undefined when the directory has none, which only `pretrain` can begin with. */
  readonly weights: Weights | undefined;
  /** The number format that the version is stored in. */
  readonly dtype: WeightDType;
}

/**
 * Reads what an order begins with.
 *
 * @throws AppError `not_found`, `damaged_file` or `unsupported_model` saying what is wrong with it.
 */
export function openStartingPoint({ modelDirectory, recipe }: TrainingOrder): StartingPoint {
  const config = readModelConfig(modelDirectory);
  const model = maskedLanguageModel(config);
  const tokenizerFiles = readTokenizerFiles(modelDirectory);
  const tokenizer = openTokenizer(tokenizerFiles);
  const common = { directory: modelDirectory, config, model, tokenizerFiles, tokenizer };
  if (recipe === "pretrain" && !hasWeights(modelDirectory)) {
    return { ...common, weights: undefined, dtype: "F32" };
  }
  using opened = openHuggingFaceDirectory(modelDirectory);
  const stored = opened.tensors.get(model.embeddingName)?.dtype;
  const dtype = stored === "F16" || stored === "BF16" ? stored : "F32";
  return { ...common, weights: opened.readWeights(), dtype };
}

/** Whether a model directory holds weights in the format that is read here. */
function hasWeights(directory: string): boolean {
  const names = ["model.safetensors", "model.safetensors.index.json"];
  return names.some((name) => existsSync(path.join(directory, name)));
}
