// Model directories that others load: ONNX in the layout of Transformers.js and of the Hugging Face
// hub, in standard operators, with logits for every token.

import { mkdirSync } from "node:fs";
import path from "node:path";
import type { ModelConfig, TokenizerFiles, Weights } from "../checkpoint/index.ts";
import { elementCountOf, writeModelDirectory, writeOnnxModel } from "../checkpoint/index.ts";
import type { Model } from "../onnx/index.ts";
import { DEFAULT_OPSETS, MICROSOFT, toStandardOperators } from "../onnx/index.ts";
import { bertOptionsFromConfig, bertTokenizerJson, SPECIAL_TOKENS } from "../tokenizer/index.ts";
import { maskedLanguageModel } from "./architectures.ts";
import { weightOf } from "./inference.ts";
import type { MaskedLanguageModel } from "./masked-lm.ts";
import { allScoresGraph, weightsAsConstants } from "./objective.ts";

export interface ModelToExport {
  readonly config: ModelConfig;
  readonly weights: Weights;
  readonly tokenizerFiles: TokenizerFiles;
}

/** A protobuf message holds 2 GB at most; larger weights go beside it, as the hub names them. */
const INLINE_BYTES_MAX = 1e9;
const MODEL_FILE = "model.onnx";
const DATA_FILE = "model.onnx_data";

/**
 * Writes config.json, the tokenizer's files and onnx/model.onnx: what `pipeline("fill-mask", DIR)`
 * of Transformers.js loads.
 *
 * @throws AppError `unsupported_model` when config and weights do not fit, `conflict` when
 *   `directory` holds something else, `io_failed` when the disk refuses.
 */
export function exportOnnx(directory: string, source: ModelToExport): void {
  const model = maskedLanguageModel(source.config);
  const exported = buildExportModel(model, source.weights);
  const bytes = 4 * [...model.parameters.values()].reduce((sum, s) => sum + elementCountOf(s), 0);
  const dataFile = bytes > INLINE_BYTES_MAX ? DATA_FILE : undefined;
  const hint = { "transformers.js_config": { use_external_data_format: true } };
  const target = {
    config: dataFile === undefined ? source.config : { ...source.config, ...hint },
    tokenizerFiles: asOthersRead(source.tokenizerFiles),
  };
  writeModelDirectory(directory, target, (temporary) => {
    const folder = path.join(temporary, "onnx");
    mkdirSync(folder);
    writeOnnxModel(path.join(folder, MODEL_FILE), exported, dataFile);
  });
}

/**
 * int64 input_ids, attention_mask and, where the model has them, token_type_ids [B, S] → float32
 * logits [B, S, V]. Shares memory with `weights`.
 *
 * @throws AppError `unsupported_model` when a weight is missing or of another shape.
 */
export function buildExportModel(model: MaskedLanguageModel, weights: Weights): Model {
  const read = (name: string): Float32Array => weightOf(model, weights, name).data;
  const graph = toStandardOperators(allScoresGraph(model, weightsAsConstants(read)));
  const opsets = new Map([...DEFAULT_OPSETS].filter(([domain]) => domain !== MICROSOFT));
  return { graph, opsets, producer: "whetstone" };
}

/**
 * Transformers.js reads tokenizer.json, and from tokenizer_config.json which tokens are special;
 * BERT directories of the hub often say neither, since its Python library knows them.
 */
function asOthersRead(files: TokenizerFiles): TokenizerFiles {
  const { vocabulary, tokenizerConfig } = files;
  const options = bertOptionsFromConfig(tokenizerConfig);
  const tokenizerJson =
    files.tokenizerJson ??
    (vocabulary === undefined ? undefined : bertTokenizerJson(vocabulary, options));
  const known = Object.entries(SPECIAL_TOKENS).map(([role, token]) => [`${role}_token`, token]);
  return {
    ...files,
    ...(tokenizerJson && { tokenizerJson }),
    tokenizerConfig: {
      tokenizer_class: "BertTokenizer",
      ...(Object.fromEntries(known) as Record<string, string>),
      ...tokenizerConfig,
    },
  };
}
