// A checkpoint in one safetensors file, or in several that an index lists; both read alike.

import { AppError, required } from "../base/index.ts";
import path from "node:path";

import { isJsonObject, readJsonFile } from "./limits/json.ts";
import { resolveInside } from "./limits/paths.ts";
import type { TensorInfo } from "./safetensors-header.ts";
import { missingTensor, openSafetensorsFile, type TensorReader } from "./safetensors.ts";

const INDEX_BYTES_MAX = 100_000_000;

/** Each shard stays open, so their number is bounded by the file handles of a process. */
const SHARDS_MAX = 500;

/**
 * Opens a safetensors file, or all shards of an index when `filePath` ends in `.index.json`.
 * Errors as {@link openSafetensorsFile}; also `invalid_input` for a shard outside the index's
 * directory, and `damaged_file` when a shard lacks a tensor that the index places there.
 */
export function openSafetensors(filePath: string): TensorReader {
  return filePath.endsWith(".index.json") ? openIndex(filePath) : openSafetensorsFile(filePath);
}

function openIndex(indexPath: string): TensorReader {
  const shardOf = readWeightMap(indexPath);
  const directory = path.dirname(indexPath);
  const shardNames = [...new Set(shardOf.values())].sort();
  if (shardNames.length > SHARDS_MAX) {
    throw new AppError(
      "damaged_file",
      `${indexPath} lists ${shardNames.length} shards, the limit is ${SHARDS_MAX}; ` +
        "save the checkpoint again in larger shards.",
    );
  }
  const paths = shardNames.map((name) => resolveInside(directory, name));
  const shards = new Map<string, TensorReader>();
  try {
    paths.forEach((shardPath, i) => {
      shards.set(required(shardNames[i], "shard name"), openSafetensorsFile(shardPath));
    });
    return joinShards(shardOf, shards);
  } catch (error) {
    for (const shard of shards.values()) shard.close();
    throw error;
  }
}

function joinShards(
  shardOf: ReadonlyMap<string, string>,
  shards: ReadonlyMap<string, TensorReader>,
): TensorReader {
  const tensors = new Map<string, TensorInfo>();
  for (const [name, shardName] of shardOf) {
    const shard = required(shards.get(shardName), shardName);
    const info = shard.tensors.get(name);
    if (info === undefined) throw missingTensor(name, shardName, shard.tensors.size);
    tensors.set(name, info);
  }
  const readerOf = (name: string): TensorReader => {
    const shardName = shardOf.get(name);
    if (shardName === undefined) throw missingTensor(name, "The index", shardOf.size);
    return required(shards.get(shardName), shardName);
  };
  const close = (): void => {
    for (const shard of shards.values()) shard.close();
  };
  return {
    tensors,
    metadata: new Map([...shards.values()].flatMap((shard) => [...shard.metadata])),
    read: (name) => readerOf(name).read(name),
    readInto: (name, target, fromByte) => readerOf(name).readInto(name, target, fromByte),
    readFloat32: (name) => readerOf(name).readFloat32(name),
    close,
    [Symbol.dispose]: close,
  };
}

function readWeightMap(indexPath: string): ReadonlyMap<string, string> {
  const { weight_map: weightMap } = readJsonFile(indexPath, INDEX_BYTES_MAX);
  const entries = isJsonObject(weightMap) ? Object.entries(weightMap) : [];
  const isPlaced = (entry: [string, unknown]): entry is [string, string] =>
    typeof entry[1] === "string";
  if (entries.length > 0 && entries.every(isPlaced)) return new Map(entries);
  throw new AppError(
    "damaged_file",
    `${indexPath} has no "weight_map" from tensor names to file names; download it again.`,
  );
}
