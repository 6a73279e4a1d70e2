// A model of a hub as a directory: configuration, tokenizer and safetensors, or the ONNX export
// where there are none. Nothing else: no code and no pickle is ever fetched.

import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { AppError } from "../../base/index.ts";
import { decodeModel, isExternal } from "../../onnx/index.ts";
import { decodeUtf8, isJsonObject, parseJsonObject } from "../limits/json.ts";
import { ofExport, ONNX_BYTES_MAX, ONNX_FILES } from "../onnx-export.ts";
import { tensorsOf } from "../onnx-file.ts";
import { download, type DownloadedFile } from "./download.ts";
import type { HubAccess } from "./request.ts";
import { fileUrl, type HubSource } from "./source.ts";

export interface FetchOptions {
  readonly access: HubAccess;
  /** Where the files go; what an earlier, broken fetch left there is used. */
  readonly directory: string;
  /** Of all weights together. */
  readonly weightsBytesMax: number;
  readonly onProgress: (file: string, doneBytes: number, totalBytes: number | undefined) => void;
}

export interface FetchedFile extends DownloadedFile {
  readonly name: string;
}

const CONFIG_BYTES_MAX = 10_000_000;
const TOKENIZER_BYTES_MAX = 100_000_000;
const PARTS_MAX = 200;
const DATA_FILE = /^[A-Za-z0-9][\w.-]*$/;
const SHARD = /^[A-Za-z0-9][\w.-]*\.safetensors$/;
const INDEX = "model.safetensors.index.json";

/**
 * Fetches what a masked language model needs.
 *
 * @throws AppError `not_found` for a model without configuration or tokenizer, `unsupported_model`
 *   for one without weights that can be read, and those of {@link download}.
 */
export async function fetchModel(
  source: HubSource,
  options: FetchOptions,
): Promise<readonly FetchedFile[]> {
  const files: FetchedFile[] = [];
  const fetch = async (name: string, limitBytes: number): Promise<boolean> => {
    const target = path.join(options.directory, name);
    mkdirSync(path.dirname(target), { recursive: true });
    const url = fileUrl(source, options.access.mirror, name);
    const onProgress = (done: number, total: number | undefined): void =>
      options.onProgress(name, done, total);
    const job = { url, access: options.access, target, limitBytes, onProgress };
    const file = await download(job);
    if (file !== undefined) files.push({ name, ...file });
    return file !== undefined;
  };
  const fetchParts = async (
    whole: string,
    names: readonly string[],
    roomBytes: number,
  ): Promise<void> => {
    let room = roomBytes;
    for (const name of names) {
      const part = path.posix.join(path.posix.dirname(whole), name);
      if (!(await fetch(part, room))) {
        throw new AppError("damaged_file", `${source.repo} lacks ${part}, which ${whole} names.`);
      }
      room -= files.at(-1)?.sizeBytes ?? 0;
    }
  };

  if (!(await fetch("config.json", CONFIG_BYTES_MAX))) throw noModel(source, options.access);
  const hasTokenizer = await fetch("tokenizer.json", TOKENIZER_BYTES_MAX);
  const hasVocabulary = await fetch("vocab.txt", TOKENIZER_BYTES_MAX);
  if (!hasTokenizer && !hasVocabulary) {
    throw new AppError(
      "not_found",
      `${source.repo} has neither tokenizer.json nor vocab.txt; expected a masked language model.`,
    );
  }
  for (const name of ["tokenizer_config.json", "fill-mask.json"]) {
    await fetch(name, CONFIG_BYTES_MAX);
  }
  const { repo } = source;
  const { directory, weightsBytesMax } = options;
  if (await fetch("model.safetensors", weightsBytesMax)) return files;
  if (await fetch(INDEX, TOKENIZER_BYTES_MAX)) {
    const names = shardNames(`${repo}/${INDEX}`, path.join(directory, INDEX));
    await fetchParts(INDEX, names, weightsBytesMax);
    return files;
  }
  for (const name of ONNX_FILES) {
    if (!(await fetch(name, Math.min(weightsBytesMax, ONNX_BYTES_MAX)))) continue;
    const room = weightsBytesMax - (files.at(-1)?.sizeBytes ?? 0);
    const names = dataFileNames(`${repo}/${name}`, path.join(directory, name));
    await fetchParts(name, names, room);
    return files;
  }
  throw noWeights(source);
}

/** The files in which an index, fetched as `file`, has the weights. */
function shardNames(index: string, file: string): readonly string[] {
  const { weight_map: map } = parseJsonObject(decodeUtf8(readFileSync(file), file), file);
  const example = "model-00001-of-00002.safetensors";
  const named = isJsonObject(map) ? Object.values(map) : [];
  return plainNames(index, named, { pattern: SHARD, example, countMin: 1 });
}

/** The files in which an ONNX file, fetched as `file`, has its larger tensors. */
function dataFileNames(onnxFile: string, file: string): readonly string[] {
  const locations: string[] = [];
  try {
    for (const [, { bytes }] of tensorsOf(decodeModel(readFileSync(file)))) {
      if (isExternal(bytes)) locations.push(bytes.location);
    }
  } catch (error) {
    throw ofExport(error, onnxFile);
  }
  const example = "model.onnx_data";
  return plainNames(onnxFile, locations, { pattern: DATA_FILE, example, countMin: 0 });
}

interface Names {
  readonly pattern: RegExp;
  /** One that has it, to tell people. */
  readonly example: string;
  readonly countMin: number;
}

/** What a file names, each once; it comes from strangers, so only plain names are taken. */
function plainNames(
  file: string,
  named: readonly unknown[],
  { pattern, example, countMin }: Names,
): readonly string[] {
  const isPlain = (name: unknown): name is string => typeof name === "string" && pattern.test(name);
  const names = [...new Set(named)];
  const plain = names.filter(isPlain);
  if (plain.length < names.length) {
    const bad = JSON.stringify(names.find((name) => !isPlain(name))).slice(0, 200);
    throw new AppError(
      "damaged_file",
      `${file} names ${bad} as a file of weights; expected a plain name such as ${example}. ` +
        "Choose another revision (@REVISION).",
    );
  }
  if (plain.length >= countMin && plain.length <= PARTS_MAX) return plain;
  throw new AppError(
    "damaged_file",
    `${file} names ${plain.length} files of weights; expected ${countMin} to ${PARTS_MAX}. ` +
      "Choose another revision (@REVISION).",
  );
}

function noModel({ repo, revision }: HubSource, { mirror }: HubAccess): AppError {
  return new AppError(
    "not_found",
    `${mirror} has no model ${repo} with a config.json at revision ${revision}; check the name.`,
  );
}

function noWeights({ repo }: HubSource): AppError {
  return new AppError(
    "unsupported_model",
    `${repo} has no model.safetensors and no plain export ${ONNX_FILES.join(" or ")}; other ` +
      "formats are not read. Choose a revision that has one (@REVISION), or convert the model " +
      "with save_pretrained and add its directory.",
  );
}
