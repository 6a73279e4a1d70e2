// The files of versions. A version's directory is named by what it holds, so equal files are stored
// once, and a directory is complete from the moment it is visible.

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, messageOf } from "../base/index.ts";
import {
  contentKey,
  readHashes,
  verifyFiles,
  writeIntegrity,
  type HashedFile,
} from "../integrity/index.ts";

/** Weights in formats that no version is opened from; copying them would only cost disk. */
const FOREIGN_WEIGHTS = /\.(bin|pt|pth|h5|msgpack|ot|ckpt|onnx([._]data(_\d+)?)?)$/;
const FILE_COUNT_MAX = 1000;
const DEPTH_MAX = 4;

export interface StoredFiles {
  readonly key: string;
  /** Of the weights: the one safetensors file, or all of them in order of their names. */
  readonly sha256: string;
  readonly sizeBytes: number;
}

interface FoundFile {
  /** Inside the directory, with forward slashes. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/**
 * Copies the files of a model directory to `root`/<key>, atomically; nothing is copied when that is
 * there already. Hidden files, and weights in formats that are not read here, stay behind.
 * Throws `not_found` without a directory or files, `invalid_input` for one that is no model
 * directory by its size, `io_failed` when reading or writing fails, and what the signal says.
 */
export async function storeFiles(
  source: string,
  root: string,
  signal?: AbortSignal,
): Promise<StoredFiles> {
  const files = await listFiles(source);
  const temporary = temporaryIn(root);
  try {
    const hashes = await copyAndHash({ source, files, target: temporary, signal });
    const hashed = files.map(({ name }, i) => ({ name, sha256: hashes[i] ?? "" }));
    const key = contentKey(hashed);
    await writeIntegrity(temporary, hashed);
    await renameUnlessThere(temporary, path.join(root, key));
    return {
      key,
      sha256: weightsHash(hashed),
      sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("io_failed", `Copying ${source} to ${root} failed: ${messageOf(error)}.`, {
      cause: error,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * What {@link storeFiles} gave as the hash of the weights, from the files as they are now;
 * undefined where no hashes were kept. Throws `damaged_file` when they are not what was stored.
 */
export async function storedWeightsHash(directory: string): Promise<string | undefined> {
  await verifyFiles(directory);
  const files = await readHashes(directory);
  return files && weightsHash(files);
}

function weightsHash(files: readonly HashedFile[]): string {
  const weights = files.filter(({ name }) => name.endsWith(".safetensors"));
  const hashes = weights.map(({ sha256 }) => sha256);
  return hashes.length === 1 ? String(hashes[0]) : digestOf(hashes);
}

/** A new place among stored directories, for one that is not whole yet. */
export function temporaryIn(root: string): string {
  return path.join(root, `.${process.pid}-${randomBytes(6).toString("hex")}.tmp`);
}

/**
 * A text that changes when a file of the directory does, by name, size and time; reads no
 * content.
 */
export async function fingerprintOf(source: string): Promise<string> {
  const files = await listFiles(source);
  return digestOf(files.map((f) => `${f.name}\0${f.sizeBytes}\0${Math.trunc(f.modifiedMs)}\n`));
}

async function listFiles(source: string): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = [];
  const visit = async (folder: string, depth: number): Promise<void> => {
    for (const name of (await readdir(path.join(source, folder))).sort()) {
      if (name.startsWith(".") || FOREIGN_WEIGHTS.test(name)) continue;
      const relative = path.posix.join(folder, name);
      const facts = await stat(path.join(source, relative));
      if (facts.isDirectory() && depth < DEPTH_MAX) await visit(relative, depth + 1);
      if (!facts.isFile()) continue;
      found.push({ name: relative, sizeBytes: facts.size, modifiedMs: facts.mtimeMs });
      if (found.length > FILE_COUNT_MAX) throw tooManyFiles(source);
    }
  };
  await visit("", 1).catch((error: unknown) => {
    throw asReadError(error, source);
  });
  if (found.length > 0) return found;
  throw new AppError("not_found", `${source} has no files; expected the directory of a model.`);
}

/** The SHA-256 of each file, in order. */
async function copyAndHash({
  source,
  files,
  target,
  signal,
}: {
  readonly source: string;
  readonly files: readonly FoundFile[];
  readonly target: string;
  readonly signal: AbortSignal | undefined;
}): Promise<readonly string[]> {
  const hashes: string[] = [];
  await mkdir(target, { recursive: true });
  for (const { name } of files) {
    const copy = path.join(target, name);
    await mkdir(path.dirname(copy), { recursive: true });
    hashes.push(await copyFile(path.join(source, name), copy, signal));
  }
  return hashes;
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (await isDirectory(to)) return;
    throw error;
  }
}

export async function isDirectory(directory: string): Promise<boolean> {
  return stat(directory).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

/** Copies a file in one pass, synced to disk, and gives the SHA-256 of what was copied. */
export async function copyFile(
  source: string,
  target: string,
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash("sha256");
  const copy = await open(target, "wx");
  try {
    for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 })) {
      signal?.throwIfAborted();
      hash.update(chunk as Uint8Array);
      await copy.write(chunk as Uint8Array);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  return hash.digest("hex");
}

function digestOf(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

function tooManyFiles(source: string): AppError {
  return new AppError(
    "invalid_input",
    `${source} has more than ${FILE_COUNT_MAX} files; expected the directory of one model.`,
  );
}

function asReadError(error: unknown, source: string): unknown {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "ENOENT" || code === "ENOTDIR") {
    const what = `${source} is not a directory; expected one with a model.`;
    return new AppError("not_found", what, { cause: error });
  }
  return new AppError("io_failed", `Reading ${source} failed: ${messageOf(error)}.`, {
    cause: error,
  });
}
