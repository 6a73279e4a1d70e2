// A model of a hub as a directory: configuration, tokenizer and safetensors, nothing else. No code
// and no pickle is ever fetched.

import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { AppError } from "../../base/index.ts";
import { decodeUtf8, isJsonObject, parseJsonObject } from "../limits/json.ts";
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
const SHARD = /^[A-Za-z0-9][\w.-]*\.safetensors$/;
const INDEX = "model.safetensors.index.json";

/**
 * Fetches what a masked language model needs.
 *
 * @throws AppError `not_found` for a model without configuration or tokenizer, `unsupported_model`
 *   for one without safetensors, and those of {@link download}.
 */
export async function fetchModel(
  source: HubSource,
  options: FetchOptions,
): Promise<readonly FetchedFile[]> {
  mkdirSync(options.directory, { recursive: true });
  const files: FetchedFile[] = [];
  const fetch = async (name: string, limitBytes: number): Promise<boolean> => {
    const target = path.join(options.directory, name);
    const url = fileUrl(source, options.access.mirror, name);
    const onProgress = (done: number, total: number | undefined): void =>
      options.onProgress(name, done, total);
    const job = { url, access: options.access, target, limitBytes, onProgress };
    const file = await download(job);
    if (file !== undefined) files.push({ name, ...file });
    return file !== undefined;
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
  if (await fetch("model.safetensors", options.weightsBytesMax)) return files;
  if (!(await fetch(INDEX, TOKENIZER_BYTES_MAX))) throw noSafetensors(source);
  let room = options.weightsBytesMax;
  for (const name of shardNames(path.join(options.directory, INDEX))) {
    if (!(await fetch(name, room))) {
      throw new AppError("damaged_file", `${source.repo} lacks ${name}, which its index names.`);
    }
    room -= files.at(-1)?.sizeBytes ?? 0;
  }
  return files;
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

function noModel({ repo, revision }: HubSource, { mirror }: HubAccess): AppError {
  return new AppError(
    "not_found",
    `${mirror} has no model ${repo} with a config.json at revision ${revision}; check the name.`,
  );
}

function noSafetensors({ repo }: HubSource): AppError {
  return new AppError(
    "unsupported_model",
    `${repo} has no model.safetensors; other formats are not read. Choose a revision that has ` +
      "it (@REVISION), or convert the model with save_pretrained and add its directory.",
  );
}
