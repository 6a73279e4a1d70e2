// A model of a hub as a directory: configuration, tokenizer and safetensors, or the ONNX export
// where there are none. Nothing else: no code and no pickle is ever fetched.

import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { AppError } from "../../base/index.ts";
import { decodeModel, isExternal } from "../../onnx/index.ts";
import { decodeUtf8, isJsonObject, parseJsonObject } from "../limits/json.ts";
import { ONNX_BYTES_MAX, ONNX_FILES } from "../onnx-export.ts";
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
const SHARDS_MAX = 200;
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
  const fetchParts = async (names: readonly string[], roomBytes: number): Promise<void> => {
    let room = roomBytes;
    for (const name of names) {
      if (!(await fetch(name, room))) {
        throw new AppError("damaged_file", `${source.repo} lacks ${name}, which its index names.`);
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
  const { directory, weightsBytesMax } = options;
  if (await fetch("model.safetensors", weightsBytesMax)) return files;
  if (await fetch(INDEX, TOKENIZER_BYTES_MAX)) {
    await fetchParts(shardNames(path.join(directory, INDEX)), weightsBytesMax);
    return files;
  }
  for (const name of ONNX_FILES) {
    if (!(await fetch(name, Math.min(weightsBytesMax, ONNX_BYTES_MAX)))) continue;
    const room = weightsBytesMax - (files.at(-1)?.sizeBytes ?? 0);
    await fetchParts(dataFileNames(directory, name), room);
    return files;
  }
  throw noWeights(source);
}

/** The files that an index names; they come from strangers, so they may only be plain names. */
function shardNames(file: string): string[] {
  const index = parseJsonObject(decodeUtf8(readFileSync(file), file), file);
  const map = index["weight_map"];
  const names = isJsonObject(map) ? [...new Set(Object.values(map))] : [];
  const isFine = names.every((name) => typeof name === "string" && SHARD.test(name));
  if (isFine && names.length > 0 && names.length <= SHARDS_MAX) return names as string[];
  throw new AppError(
    "damaged_file",
    `${INDEX} names ${names.length} files of weights; expected 1 to ${SHARDS_MAX} ` +
      `with names like ` +
      "model-00001-of-00002.safetensors.",
  );
}

/** The files beside an ONNX file in which it has its larger tensors; plain names, as above. */
function dataFileNames(directory: string, onnxFile: string): string[] {
  const { initializers } = decodeModel(readFileSync(path.join(directory, onnxFile))).graph;
  const names = new Set<string>();
  for (const { bytes } of initializers.values()) if (isExternal(bytes)) names.add(bytes.location);
  if ([...names].every((name) => DATA_FILE.test(name)) && names.size <= SHARDS_MAX) {
    return [...names].map((name) => path.posix.join(path.posix.dirname(onnxFile), name));
  }
  throw new AppError(
    "damaged_file",
    `${onnxFile} names ${names.size} files of weights; expected at most ${SHARDS_MAX} ` +
      "with names like model.onnx_data.",
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
