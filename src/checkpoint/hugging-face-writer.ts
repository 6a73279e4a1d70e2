// The writer of model directories in the layout of the Hugging Face hub; a directory appears whole
// or not at all.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

import { AppError } from "../base/index.ts";
import type { WeightDType } from "./dtype.ts";
import { writeDirectoryAtomically, writeFileAtomically } from "./files.ts";
import { isTied, type ModelConfig, type TokenizerFiles } from "./hugging-face.ts";
import type { JsonObject } from "./limits/json.ts";
import { resolveInside } from "./limits/paths.ts";
import { tensorToWrite, writeSafetensors, type TensorToWrite } from "./safetensors.ts";
import { redundantNames } from "./tensor-names.ts";
import type { Weights } from "./weights.ts";

/** What {@link saveHuggingFaceDirectory} writes. */
export interface ModelToSave {
  readonly config: ModelConfig;
  readonly tokenizerFiles: TokenizerFiles;
  /** By today's names. */
  readonly weights: Weights;
  readonly dtype: WeightDType;
  /** Goes into `__metadata__` of model.safetensors. */
  readonly metadata?: ReadonlyMap<string, string>;
  /** Further text files by relative path, e.g. a model card. */
  readonly otherFiles?: ReadonlyMap<string, string>;
}

/** A model whose tensors are made while they are written. */
export interface ModelToStream extends Omit<ModelToSave, "weights"> {
  readonly tensors: Iterable<TensorToWrite>;
}

/**
 * Writes a model directory that appears whole or not at all, in the layout that the transformers
 * library loads; tied tensors are written once. Replaces an earlier model directory of this name.
 * Throws `conflict` when `directory` holds something else, `io_failed` when the disk refuses.
 */
export function saveHuggingFaceDirectory(directory: string, model: ModelToSave): void {
  const { weights, config, dtype } = model;
  const has = (name: string): boolean => weights.has(name);
  const redundant = redundantNames(config.model_type, isTied(config), has);
  const tensors = [...weights]
    .filter(([name]) => !redundant.has(name))
    .map(([name, tensor]) => tensorToWrite(name, tensor, dtype));
  streamHuggingFaceDirectory(directory, { ...model, tensors });
}

/**
 * As {@link saveHuggingFaceDirectory}, for tensors that are made one at a time, under any names.
 */
export function streamHuggingFaceDirectory(directory: string, model: ModelToStream): void {
  const config = { ...model.config, torch_dtype: TORCH_DTYPES[model.dtype] };
  writeModelDirectory(directory, { ...model, config }, (temporary) => {
    const metadata = new Map([["format", "pt"], ...(model.metadata ?? [])]);
    writeSafetensors(path.join(temporary, "model.safetensors"), model.tensors, metadata);
  });
}

/**
 * Writes a model directory that appears whole or not at all, with weights in a format of the
 * caller's: `writeWeights` puts them into the temporary directory it is given. Errors as
 * {@link saveHuggingFaceDirectory}.
 */
export function writeModelDirectory(
  directory: string,
  model: Pick<ModelToSave, "config" | "tokenizerFiles" | "otherFiles">,
  writeWeights: (temporary: string) => void,
): void {
  requireReplaceable(directory);
  writeDirectoryAtomically(directory, (temporary) => {
    writeWeights(temporary);
    const files = new Map([
      ["config.json", formatJson(model.config)],
      ...tokenizerTexts(model.tokenizerFiles),
      ...(model.otherFiles ?? []),
    ]);
    for (const [name, text] of files) writeTextFile(resolveInside(temporary, name), text);
  });
}

const TORCH_DTYPES: Readonly<Record<WeightDType, string>> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** Replacing means deleting what was there, so it has to be a model, or nothing. */
function requireReplaceable(directory: string): void {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined || existsSync(path.join(directory, "config.json"))) return;
  if (stats.isDirectory() && readdirSync(directory).length === 0) return;
  throw new AppError(
    "conflict",
    `${directory} exists and holds no model; expected a new path or an earlier model to replace. ` +
      "Choose another path.",
  );
}

function tokenizerTexts(files: TokenizerFiles): ReadonlyMap<string, string> {
  const { tokenizerJson, vocabulary, tokenizerConfig } = files;
  const texts = new Map<string, string>();
  if (tokenizerJson) texts.set("tokenizer.json", formatJson(tokenizerJson));
  if (vocabulary) texts.set("vocab.txt", vocabulary.map((token) => `${token}\n`).join(""));
  if (tokenizerConfig) texts.set("tokenizer_config.json", formatJson(tokenizerConfig));
  return texts;
}

function formatJson(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function writeTextFile(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileAtomically(file, (append) => append(new TextEncoder().encode(text)));
}
