// Model directories that others publish as an ONNX export only, in the form that everything here
// works on: safetensors under Hugging Face's names. The weights are read out of the exported graph,
// and both graphs have to give the same logits before anything is written. Why:
// docs/decisions/0014.

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { AppError } from "../base/index.ts";
import {
  findOnnxExport,
  float16ToFloat32,
  ofExport,
  readModelConfig,
  readOnnxModel,
  readOnnxTensor,
  readTextFile,
  readTokenizerFiles,
  saveHuggingFaceDirectory,
  type Tensor32,
  type WeightDType,
  type Weights,
} from "../checkpoint/index.ts";
import { createSession, intTensorOf, type EngineTensor } from "../runtime/index.ts";
import { maskedLanguageModel } from "./architectures.ts";
import type { RawConfig } from "./config-reader.ts";
import { exportedParameters, type ExportedParameter } from "./exported-parameters.ts";
import { IO } from "./objective.ts";
import { createScorer } from "./scorer.ts";

/** How its maker wants the model to be asked. */
const SETTINGS_FILE = "fill-mask.json";
/** What it is, and what may be done with it. */
const TEXT_FILES = /^(README|LICEN[CS]E|NOTICE|COPYING)(-\w+)?(\.(md|rst|txt))?$/i;
const TEXT_BYTES_MAX = 1_000_000;
/** How far logits may lie apart: as sums in another order do, and as half-precision does. */
const LOGITS_APART_MAX = 1e-3;
/** As a share of the largest logit, for graphs that compute in 16 bits. */
const HALF_LOGITS_SHARE_MAX = 0.01;
/** Tokens in the rows that are compared: beyond a local window of attention, and padded. */
const PROOF_LENGTHS = [160, 7];

/**
 * Writes the model of a directory that has an ONNX export in place of safetensors as `target`, a
 * directory with safetensors; gives false, and writes nothing, where there is no such export.
 *
 * @throws AppError `unsupported_model` for a graph whose weights cannot be told, are quantised, or
 *   do not compute what config.json says; `damaged_file`, `not_found`, `invalid_input` for files
 *   that are broken, missing or elsewhere.
 */
export async function convertOnnxDirectory(
  directory: string,
  target: string,
  { threads }: { readonly threads: number },
): Promise<boolean> {
  const file = findOnnxExport(directory);
  if (file === undefined) return false;
  const config = readModelConfig(directory);
  const tokenizerFiles = readTokenizerFiles(directory);
  const otherFiles = textsIn(directory);
  const { weights, dtype } = await provenWeights(file, config, threads).catch((error: unknown) => {
    throw ofExport(error, file);
  });
  const metadata = new Map([["converted_from", path.relative(directory, file)]]);
  const model = { config, tokenizerFiles, weights, dtype, metadata, otherFiles };
  saveHuggingFaceDirectory(target, model);
  return true;
}

async function provenWeights(
  file: string,
  config: RawConfig,
  threads: number,
): Promise<{ readonly weights: Weights; readonly dtype: WeightDType }> {
  const model = maskedLanguageModel(config);
  const parameters = exportedParameters(model, readOnnxModel(file).graph);
  const weights = new Map(
    [...parameters].map(([name, parameter]) => [name, weightFrom(file, parameter)] as const),
  );
  const types = new Set([...parameters.values()].map(({ tensor }) => tensor.dtype));
  const isHalf = types.has("float16") || types.has("bfloat16");
  await requireSameLogits({ file, config, weights, isHalf, threads });
  return { weights, dtype: types.size === 1 && types.has("float16") ? "F16" : "F32" };
}

function weightFrom(file: string, { tensor, isTransposed }: ExportedParameter): Tensor32 {
  const stored = { shape: tensor.dims, data: readOnnxTensor(file, tensor) };
  return isTransposed ? transposed(stored) : stored;
}

function transposed({ shape, data }: Tensor32): Tensor32 {
  const [rows = 0, columns = 0] = shape;
  const turned = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      turned[column * rows + row] = data[row * columns + column] as number;
    }
  }
  return { shape: [columns, rows], data: turned };
}

/** The texts that come along as they are; one in another encoding than UTF-8 stays behind. */
function textsIn(directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory).filter((name) => {
    const isText = TEXT_FILES.test(name) || name === SETTINGS_FILE;
    return isText && statSync(path.join(directory, name), { throwIfNoEntry: false })?.isFile();
  });
  return new Map(
    names.flatMap((name) => {
      const text = textIn(path.join(directory, name));
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}

/** Undefined for a text that only people read and that cannot be read. */
function textIn(file: string): string | undefined {
  try {
    return readTextFile(file, TEXT_BYTES_MAX);
  } catch (error) {
    if (path.basename(file) === SETTINGS_FILE) throw error;
    return undefined;
  }
}

interface Claim {
  readonly file: string;
  readonly config: RawConfig;
  readonly weights: Weights;
  readonly isHalf: boolean;
  readonly threads: number;
}

/** The proof: a wrong guess of what a constant is would show in the logits of any text. */
async function requireSameLogits(claim: Claim): Promise<void> {
  const { file, config, weights, isHalf, threads } = claim;
  const { sequenceMax, vocabularySize } = maskedLanguageModel(config);
  const rows = PROOF_LENGTHS.map((length, row) =>
    Array.from({ length: Math.min(length, sequenceMax) }, (_, column) => {
      return (7919 * (column + 1) + 31 * row) % vocabularySize;
    }),
  );
  const expected = await exportedLogits(file, rows, threads);
  using scorer = await createScorer(config, weights, { threads, precision: "fp32" });
  const positions = rows.map((row) => [...row.keys()]);
  const logits = await scorer.score(rows, positions);
  const apart = farthest(logits, expected);
  const limit = isHalf ? HALF_LOGITS_SHARE_MAX * farthest(expected) : LOGITS_APART_MAX;
  const areFinite = Number.isFinite(apart);
  if (areFinite && logits.length === expected.length && apart <= limit) return;
  throw new AppError(
    "unsupported_model",
    "the graph does not compute what config.json says: with the weights that were read from it, " +
      `logits are ${apart.toPrecision(2)} apart, at most ${limit.toPrecision(2)} is expected. ` +
      "Add the safetensors of the same model, or its plain export",
  );
}

/** The exported graph's own logits of all tokens of the rows, float32 [M, V]. */
async function exportedLogits(
  file: string,
  rows: readonly (readonly number[])[],
  threads: number,
): Promise<Float32Array> {
  using session = await createSession(file, { threads });
  const S = Math.max(...rows.map((row) => row.length));
  const shape = [rows.length, S];
  const columns = Array.from({ length: S }, (_, column) => column);
  const fill = (valueOf: (row: readonly number[], column: number) => number): EngineTensor => {
    const values = rows.flatMap((row) => columns.map((column) => valueOf(row, column)));
    return intTensorOf(values, shape);
  };
  const known = new Map([
    [IO.inputIds, fill((row, column) => row[column] ?? 0)],
    [IO.attentionMask, fill((row, column) => (column < row.length ? 1 : 0))],
    [IO.tokenTypeIds, fill(() => 0)],
    ["position_ids", fill((_, column) => column)],
  ]);
  const feeds = session.inputNames.map((name) => {
    const tensor = known.get(name);
    if (tensor !== undefined) return [name, tensor] as const;
    const names = [...known.keys()].join(", ");
    throw new AppError("unsupported_model", `the graph has the input ${name}; known: ${names}`);
  });
  const outputs = await session.run(Object.fromEntries(feeds));
  const output = outputs[IO.logits] ?? outputs[session.outputNames[0] ?? ""];
  const logits = output === undefined ? new Float32Array() : floatsOf(output);
  const V = logits.length / (rows.length * S);
  const real = new Float32Array(V * rows.reduce((sum, row) => sum + row.length, 0));
  let next = 0;
  for (const [row, { length }] of rows.entries()) {
    real.set(logits.subarray(row * S * V, (row * S + length) * V), next);
    next += length * V;
  }
  return real;
}

/** float16 comes as bits, in engines for newer Node.js as numbers. */
function floatsOf({ data }: EngineTensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return float16ToFloat32(data);
  return Float32Array.from(data as ArrayLike<number>);
}

/** The largest difference of two lists, or of one to nothing; infinite when one holds a NaN. */
function farthest(a: Float32Array, b?: Float32Array): number {
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const apart = Math.abs((a[i] as number) - (b?.[i] ?? 0));
    if (!(apart <= worst)) worst = Number.isNaN(apart) ? Infinity : apart;
  }
  return worst;
}
