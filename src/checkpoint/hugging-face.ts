// Model directories in the layout of the Hugging Face hub: config.json, tokenizer files and
// model.safetensors. This is the reader; it gives weights today's names. Whether their shapes fit
// is for models/ to say.

import { existsSync, statSync } from "node:fs";
import path from "node:path";

import { AppError, required } from "../base/index.ts";
import { readJsonFile, readTextFile, type JsonObject } from "./limits/json.ts";
import { findOnnxExport } from "./onnx-export.ts";
import { besidePatch, isPatch, patched, readPatch } from "./patch.ts";
import type { TensorInfo } from "./safetensors-header.ts";
import { missingTensor, type TensorReader } from "./safetensors.ts";
import { openSafetensors } from "./sharded.ts";
import { normaliseNames } from "./tensor-names.ts";
import type { Tensor32, Weights } from "./weights.ts";

const CONFIG_BYTES_MAX = 10_000_000;
const TOKENIZER_BYTES_MAX = 100_000_000;
const WEIGHT_FILES = ["model.safetensors", "model.safetensors.index.json"] as const;

/** config.json: all fields as they stand in the file, of which only the model type is checked. */
export type ModelConfig = JsonObject & { readonly model_type: string };

/** What a directory says about its tokenizer; at least one of the first two is present. */
export interface TokenizerFiles {
  /** tokenizer.json, parsed and otherwise unchecked. */
  readonly tokenizerJson?: JsonObject;
  /** The lines of vocab.txt: line i is the token with id i. */
  readonly vocabulary?: readonly string[];
  /** tokenizer_config.json, parsed and otherwise unchecked. */
  readonly tokenizerConfig?: JsonObject;
}

/** An open model directory. Close it, or declare it with `using`. */
export interface HuggingFaceDirectory extends Disposable {
  readonly directory: string;
  readonly config: ModelConfig;
  /** By today's names; a tied tensor appears under both its names. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Names that share another tensor's values → that tensor's name. */
  readonly tied: ReadonlyMap<string, string>;
  /** Names in the file that a masked language model does not use. */
  readonly ignored: readonly string[];
  /** The `__metadata__` of the weight file. */
  readonly metadata: ReadonlyMap<string, string>;
  readTokenizerFiles(): TokenizerFiles;
  /** Reads one tensor as float32; `damaged_file` when there is none of this name. */
  readTensor(name: string): Tensor32;
  /** Reads all tensors as float32; tied names share one array. */
  readWeights(): Weights;
  close(): void;
}

/**
 * Opens a model directory: checks config.json, the header of the weights (one file or shards) and
 * that tokenizer files exist; tensors are read when asked for. Throws `not_found` for a missing
 * file, `damaged_file` for a broken one, `unsupported_model` when the weights are there in another
 * format only.
 */
export function openHuggingFaceDirectory(directory: string): HuggingFaceDirectory {
  const config = readModelConfig(directory);
  requireTokenizer(directory);
  return openWithoutTokenizer(directory, config);
}

/** The weights of a directory that may lack a tokenizer; errors as for one that has it. */
export function readHuggingFaceWeights(directory: string): Weights {
  using opened = openWithoutTokenizer(directory, readModelConfig(directory));
  return opened.readWeights();
}

function openWithoutTokenizer(directory: string, config: ModelConfig): HuggingFaceDirectory {
  if (isPatch(directory)) return openPatched(directory, config);
  const reader = openSafetensors(findWeights(directory));
  try {
    const names = [...reader.tensors.keys()];
    const { stored, tied, ignored } = normaliseNames(names, config.model_type, isTied(config));
    return createDirectory({ directory, config, reader, stored, tied, ignored });
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** The base beside a patch, with the patch's differences added to what is read from it. */
function openPatched(directory: string, config: ModelConfig): HuggingFaceDirectory {
  const { base: from, differences } = readPatch(directory);
  const baseDirectory = besidePatch(directory, from);
  if (!existsSync(baseDirectory)) throw missingBase(directory, baseDirectory);
  const base = openWithoutTokenizer(baseDirectory, readModelConfig(baseDirectory));
  const stray = [...differences.keys()].find((name) => !base.tensors.has(name));
  if (stray !== undefined) {
    base.close();
    throw missingTensor(stray, baseDirectory, base.tensors.size);
  }
  const readTensor = (name: string): Tensor32 => patched(name, base.readTensor(name), differences);
  return {
    ...base,
    directory,
    config,
    readTokenizerFiles: () => readTokenizerFiles(directory),
    readTensor,
    readWeights: () => {
      const weights = new Map(base.readWeights());
      for (const name of differences.keys()) {
        weights.set(name, patched(name, required(weights.get(name), name), differences));
      }
      return weights;
    },
  };
}

function missingBase(directory: string, baseDirectory: string): AppError {
  return new AppError(
    "not_found",
    `${directory} is a patch for ${path.basename(baseDirectory)}, which does not lie beside it; ` +
      "bring the base as well.",
  );
}

/**
 * Reads and checks config.json of a model directory; errors as {@link openHuggingFaceDirectory}.
 */
export function readModelConfig(directory: string): ModelConfig {
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new AppError("not_found", `${directory} is not a directory; expected one with a model.`);
  }
  const configPath = path.join(directory, "config.json");
  const config = readJsonFile(configPath, CONFIG_BYTES_MAX);
  if (hasModelType(config)) return config;
  throw new AppError(
    "damaged_file",
    `${configPath} has model_type ${JSON.stringify(config["model_type"])}, expected a text such ` +
      'as "bert"; is this the directory of a transformers model?',
  );
}

/** Reads tokenizer.json, vocab.txt and tokenizer_config.json, as far as they exist. */
export function readTokenizerFiles(directory: string): TokenizerFiles {
  requireTokenizer(directory);
  const ifPresent = <T>(name: string, read: (file: string) => T): T | undefined => {
    const file = path.join(directory, name);
    return existsSync(file) ? read(file) : undefined;
  };
  const readJson = (file: string): JsonObject => readJsonFile(file, TOKENIZER_BYTES_MAX);
  const tokenizerJson = ifPresent("tokenizer.json", readJson);
  const tokenizerConfig = ifPresent("tokenizer_config.json", readJson);
  const vocabulary = ifPresent("vocab.txt", readVocabulary);
  return {
    ...(tokenizerJson && { tokenizerJson }),
    ...(vocabulary && { vocabulary }),
    ...(tokenizerConfig && { tokenizerConfig }),
  };
}

interface OpenDirectory {
  readonly directory: string;
  readonly config: ModelConfig;
  readonly reader: TensorReader;
  readonly stored: ReadonlyMap<string, string>;
  readonly tied: ReadonlyMap<string, string>;
  readonly ignored: readonly string[];
}

function createDirectory(opened: OpenDirectory): HuggingFaceDirectory {
  const { directory, config, reader, stored, tied, ignored } = opened;
  const tensors = new Map<string, TensorInfo>();
  for (const [name, fileName] of stored) {
    tensors.set(name, { ...required(reader.tensors.get(fileName), fileName), name });
  }
  const readTensor = (name: string): Tensor32 => {
    const fileName = stored.get(name);
    const info = tensors.get(name);
    if (fileName === undefined || info === undefined) {
      throw missingTensor(name, directory, tensors.size);
    }
    return { shape: info.shape, data: reader.readFloat32(fileName) };
  };
  return {
    directory,
    config,
    tensors,
    tied,
    ignored,
    metadata: reader.metadata,
    readTokenizerFiles: () => readTokenizerFiles(directory),
    readTensor,
    readWeights: () => {
      const weights = new Map<string, Tensor32>();
      for (const name of tensors.keys()) if (!tied.has(name)) weights.set(name, readTensor(name));
      for (const [alias, source] of tied) {
        weights.set(alias, required(weights.get(source), source));
      }
      return weights;
    },
    close: () => reader.close(),
    [Symbol.dispose]: () => reader.close(),
  };
}

function findWeights(directory: string): string {
  for (const name of WEIGHT_FILES) {
    const file = path.join(directory, name);
    if (existsSync(file)) return file;
  }
  const onnx = findOnnxExport(directory);
  if (onnx !== undefined) {
    throw new AppError(
      "unsupported_model",
      `${directory} has its weights as ${path.relative(directory, onnx)} only, expected ` +
        "model.safetensors. Add it with `whetstone models add`, which converts it.",
    );
  }
  const others = ["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"];
  const other = others.find((name) => existsSync(path.join(directory, name)));
  if (other === undefined) {
    throw new AppError(
      "not_found",
      `${directory} has no weights; expected ${WEIGHT_FILES.join(" or ")}. Download them as well.`,
    );
  }
  throw new AppError(
    "unsupported_model",
    `${directory} has its weights as ${other} only, expected model.safetensors. ` +
      "Take the safetensors file of the same model, or convert it with save_pretrained.",
  );
}

function requireTokenizer(directory: string): void {
  const names = ["tokenizer.json", "vocab.txt"];
  if (names.some((name) => existsSync(path.join(directory, name)))) return;
  throw new AppError(
    "not_found",
    `${directory} has no tokenizer; expected ${names.join(" or ")}. Download it as well.`,
  );
}

function hasModelType(config: JsonObject): config is ModelConfig {
  return typeof config["model_type"] === "string";
}

/** BERT and ModernBERT share input and output embeddings unless the configuration says no. */
export function isTied(config: ModelConfig): boolean {
  return config["tie_word_embeddings"] !== false;
}

/** Splits as Python's text files do: \n, \r\n and \r end a line, and nothing else. */
function readVocabulary(file: string): readonly string[] {
  const lines = readTextFile(file, TOKENIZER_BYTES_MAX).split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > 0) return lines;
  throw new AppError("damaged_file", `${file} is empty, expected one token a line.`);
}
