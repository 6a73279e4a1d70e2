// Model directories in the layout of the Hugging Face hub: config.json, tokenizer files and
// model.safetensors. Gives weights today's names; whether their shapes fit is for models/ to say.

import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

import { AppError, required } from "../base/index.ts";
import type { WeightDType } from "./dtype.ts";
import { writeDirectoryAtomically, writeFileAtomically } from "./files.ts";
import { readJsonFile, readTextFile, type JsonObject } from "./limits/json.ts";
import { resolveInside } from "./limits/paths.ts";
import type { TensorInfo } from "./safetensors-header.ts";
import { missingTensor, tensorToWrite, writeSafetensors } from "./safetensors.ts";
import type { TensorReader } from "./safetensors.ts";
import { openSafetensors } from "./sharded.ts";
import { normaliseNames, redundantNames } from "./tensor-names.ts";
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

/**
 * Opens a model directory: checks config.json, the header of the weights (one file or shards) and that
 * tokenizer files exist; tensors are read when asked for.
 * Throws `not_found` for a missing file, `damaged_file` for a broken one, `unsupported_model` when the
 * weights are there in another format only.
 */
export function openHuggingFaceDirectory(directory: string): HuggingFaceDirectory {
  const config = readModelConfig(directory);
  requireTokenizer(directory);
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

/** Reads and checks config.json of a model directory; errors as {@link openHuggingFaceDirectory}. */
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

/**
 * Writes a model directory that appears whole or not at all, in the layout that the transformers
 * library loads; tied tensors are written once. Replaces an earlier model directory of this name.
 * Throws `conflict` when `directory` holds something else, `io_failed` when the disk refuses.
 */
export function saveHuggingFaceDirectory(directory: string, model: ModelToSave): void {
  requireReplaceable(directory);
  const { config, weights, dtype, metadata = new Map<string, string>() } = model;
  writeDirectoryAtomically(directory, (temporary) => {
    const redundant = redundantNames(config.model_type, isTied(config), (name) =>
      weights.has(name),
    );
    const tensors = [...weights]
      .filter(([name]) => !redundant.has(name))
      .map(([name, tensor]) => tensorToWrite(name, tensor, dtype));
    writeSafetensors(
      path.join(temporary, "model.safetensors"),
      tensors,
      new Map([["format", "pt"], ...metadata]),
    );
    const files = new Map([
      ["config.json", formatJson({ ...config, torch_dtype: TORCH_DTYPES[dtype] })],
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
  const others = ["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "onnx/model.onnx"];
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

function hasModelType(config: JsonObject): config is ModelConfig {
  return typeof config["model_type"] === "string";
}

/** BERT and ModernBERT share input and output embeddings unless the configuration says no. */
function isTied(config: ModelConfig): boolean {
  return config["tie_word_embeddings"] !== false;
}

/** Splits as Python's text files do: \n, \r\n and \r end a line, and nothing else. */
function readVocabulary(file: string): readonly string[] {
  const lines = readTextFile(file, TOKENIZER_BYTES_MAX).split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  if (lines.length > 0) return lines;
  throw new AppError("damaged_file", `${file} is empty, expected one token a line.`);
}

function tokenizerTexts(files: TokenizerFiles): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  if (files.tokenizerJson) texts.set("tokenizer.json", formatJson(files.tokenizerJson));
  if (files.vocabulary) texts.set("vocab.txt", files.vocabulary.map((t) => `${t}\n`).join(""));
  if (files.tokenizerConfig) texts.set("tokenizer_config.json", formatJson(files.tokenizerConfig));
  return texts;
}

function formatJson(value: JsonObject): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function writeTextFile(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileAtomically(file, (append) => append(new TextEncoder().encode(text)));
}
