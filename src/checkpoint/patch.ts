// A version that differs from a base model in some weights: the differences alone, as
// patch.safetensors beside configuration and tokenizer. It is bound to its base by name and hash,
// carries the hash of its own content, and is never put on top of another patch.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import path from "node:path";

import { AppError } from "../base/index.ts";
import { expanded, readDifferences, shapeOf, type Differences } from "./difference.ts";
import { compareText } from "./safetensors-header.ts";
import { openSafetensorsFile, type TensorReader } from "./safetensors.ts";
import type { Tensor32 } from "./weights.ts";

export const PATCH_FILE = "patch.safetensors";

/** What a patch belongs to. */
export interface PatchBase {
  /** Name of the base's directory, which lies beside the patch's own: its content address. */
  readonly key: string;
  /** SHA-256 of the base's weights, hexadecimal. */
  readonly sha256: string;
}

/** Whether a model directory holds a patch rather than weights of its own. */
export function isPatch(directory: string): boolean {
  return existsSync(path.join(directory, PATCH_FILE));
}

/**
 * What the patch in a directory belongs to.
 *
 * @throws AppError `not_found` without a patch, `damaged_file` for one that names no base.
 */
export function readPatchBase(directory: string): PatchBase {
  using reader = openSafetensorsFile(path.join(directory, PATCH_FILE));
  return baseOf(reader, directory);
}

/**
 * The differences of a patch, once its content has been found whole.
 *
 * @throws AppError `damaged_file` when its content is not what was written.
 */
export function readPatch(directory: string): {
  readonly base: PatchBase;
  readonly differences: Differences;
} {
  using reader = openSafetensorsFile(path.join(directory, PATCH_FILE));
  const base = baseOf(reader, directory);
  const names = [...reader.tensors.keys()].sort(compareText);
  const content = names.map((name) => ({ name, data: reader.read(name) }));
  if (digestOf(content) !== reader.metadata.get("content_sha256")) {
    throw new AppError(
      "damaged_file",
      `${path.join(directory, PATCH_FILE)} is not what was written: its hash differs. ` +
        "Train or fetch the version again.",
    );
  }
  return { base, differences: readDifferences(reader, path.join(directory, PATCH_FILE)) };
}

/** The directory that all patches of a model directory stand on: its own when it is none. */
export function baseDirectoryOf(directory: string): string {
  return isPatch(directory) ? besidePatch(directory, readPatchBase(directory)) : directory;
}

/** Where the base of the patch in a directory lies: beside it. */
export function besidePatch(directory: string, { key }: PatchBase): string {
  return path.join(path.dirname(path.resolve(directory)), key);
}

/**
 * A base tensor with its difference, if the patch has one.
 *
 * @throws AppError `damaged_file` when the shapes differ: the patch belongs to another base.
 */
export function patched(name: string, tensor: Tensor32, differences: Differences): Tensor32 {
  const difference = differences.get(name);
  if (difference === undefined) return tensor;
  const shape = shapeOf(difference);
  if (shape.join() !== tensor.shape.join()) throw wrongBase(name, shape, tensor);
  const data = tensor.data.slice();
  const added = expanded(difference);
  // Millions of numbers: an iterator takes sixteen times as long.
  for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + (added[i] as number);
  return { shape: tensor.shape, data };
}

function wrongBase(name: string, shape: readonly number[], tensor: Tensor32): AppError {
  return new AppError(
    "damaged_file",
    `the patch changes ${name} as [${shape.join(", ")}], the base has ` +
      `[${tensor.shape.join(", ")}]; it belongs to another base`,
  );
}

function baseOf({ metadata }: TensorReader, directory: string): PatchBase {
  const [key, sha256] = [metadata.get("base"), metadata.get("base_sha256")];
  const isSound = metadata.get("format") === "whetstone-patch" && sha256 !== undefined;
  // The key becomes a path: nothing but a plain name may stand there.
  if (isSound && key !== undefined && /^[\w-]+(\.[\w-]+)*$/.test(key)) return { key, sha256 };
  throw new AppError(
    "damaged_file",
    `${path.join(directory, PATCH_FILE)} does not name its base; expected a patch that Whetstone ` +
      "wrote.",
  );
}

/** SHA-256 over names and bytes, in order of names. */
export function digestOf(
  tensors: readonly { readonly name: string; readonly data: Uint8Array }[],
): string {
  const hash = createHash("sha256");
  for (const { name, data } of tensors) hash.update(`${name}\0${data.length}\0`).update(data);
  return hash.digest("hex");
}
