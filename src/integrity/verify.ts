// The check of stored files before they are used. The list of their SHA-256 lies beside them, in
// the form that `sha256sum -c` reads. Hashing takes seconds for gigabytes, so files that nobody has
// touched since they were last found whole (by size and the times of their inodes) are not read
// again. Knows nothing of models.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../base/index.ts";
import { bootId } from "./boot-id.ts";
import { contentKey, type HashedFile } from "./content-key.ts";

const LIST = ".sha256sums";
const STAMP = ".verified";
const LINE = /^([0-9a-f]{64}) {2}(.+)$/;
const READ_BYTES = 1 << 20;

interface VerifyOptions {
  /** Reads all files, whatever is known of them. */
  readonly isFull?: boolean;
}

/**
 * Finds the files of a stored directory whole, or says which is not. The directory is named by the
 * hash of the list. One without a list is left alone: nothing is known of it. Gives whether there
 * is a list.
 *
 * @throws AppError `damaged_file`
 */
export async function verifyFiles(
  directory: string,
  { isFull = false }: VerifyOptions = {},
): Promise<boolean> {
  const files = await readHashes(directory);
  if (files === undefined) return false;
  // Whoever changes a file and its line in the list does not change the directory's name.
  if (contentKey(files) !== path.basename(directory)) throw damaged(directory, LIST);
  await requireWhole({ directory, files, isFull, stampOf: stampOfVersion, hash: hashOf });
  return true;
}

/** Writes what `verifyFiles` reads beside files that have just been stored. */
export async function writeIntegrity(
  directory: string,
  files: readonly HashedFile[],
): Promise<void> {
  await writeList(directory, files);
  await writeStamp(directory, await stampOfVersion(directory, files));
}

interface DerivedOptions extends VerifyOptions {
  /** Hashes that are known already, by inode, and those that are found; for many directories. */
  readonly known?: Map<string, string> | undefined;
}

/**
 * Whether the files of a directory that can be made again are what was written. They may be linked
 * elsewhere, which changes a time of their inodes; so they are read once after each start of the
 * machine, when what lies on the disk takes the place of what was written to memory.
 */
export async function isDerivedWhole(
  directory: string,
  { isFull = false, known = new Map() }: DerivedOptions = {},
): Promise<boolean> {
  const hash = async (file: string): Promise<string> => {
    const key = inodeOf(await stat(file, { bigint: true }));
    const found = known.get(key) ?? (await hashOf(file));
    known.set(key, found);
    return found;
  };
  try {
    const files = await readHashes(directory);
    if (files === undefined) return false;
    await requireWhole({ directory, files, isFull, stampOf: stampOfDerived, hash });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "damaged_file") return false;
    throw error;
  }
}

/** Writes what `isDerivedWhole` reads; `known` are hashes of linked files. */
export async function writeDerivedIntegrity(
  directory: string,
  names: readonly string[],
  known: ReadonlyMap<string, string>,
): Promise<void> {
  const files: HashedFile[] = [];
  for (const name of names) {
    const sha256 = known.get(name) ?? (await hashOf(path.join(directory, name)));
    files.push({ name, sha256 });
  }
  await writeList(directory, files);
  await writeStamp(directory, await stampOfDerived(directory, files));
}

/** The SHA-256 of a file as the list of its directory has it; undefined where it has none. */
export async function listedHash(directory: string, name: string): Promise<string | undefined> {
  return (await readHashes(directory))?.find((file) => file.name === name)?.sha256;
}

interface Check {
  readonly directory: string;
  readonly files: readonly HashedFile[];
  readonly isFull: boolean;
  readonly stampOf: (directory: string, files: readonly HashedFile[]) => Promise<string>;
  readonly hash: (file: string) => Promise<string>;
}

async function requireWhole({ directory, files, isFull, stampOf, hash }: Check): Promise<void> {
  const stamp = await stampOf(directory, files);
  if (!isFull && stamp === (await readText(directory, STAMP))) return;
  for (const { name, sha256 } of files) {
    // A disk that cannot read a file any more has damaged it.
    const seen = await hash(path.join(directory, name)).catch(() => undefined);
    if (seen === sha256) continue;
    // Otherwise the next look, which reads nothing, would find it whole.
    await rm(path.join(directory, STAMP), { force: true }).catch(() => {});
    throw damaged(directory, name);
  }
  await writeStamp(directory, stamp);
}

async function writeList(directory: string, files: readonly HashedFile[]): Promise<void> {
  const lines = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  await writeFile(path.join(directory, LIST), lines.join(""));
}

/** The hashes that stand beside the files of a stored directory; undefined where none do. */
export async function readHashes(directory: string): Promise<readonly HashedFile[] | undefined> {
  const text = await readText(directory, LIST);
  const lines = text?.split("\n").filter((line) => line !== "");
  return lines?.map((line) => {
    const [, sha256, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) throw damaged(directory, LIST);
    return { name, sha256 };
  });
}

/** What changes when somebody writes to one of the files. */
async function stampOfVersion(directory: string, files: readonly HashedFile[]): Promise<string> {
  const facts = await factsOf(directory, files);
  return facts.map((each, i) => `${files[i]?.name} ${inodeOf(each)} ${each.ctimeNs}\n`).join("");
}

/** The same without what a second name for a file changes, in one run of the machine. */
async function stampOfDerived(directory: string, files: readonly HashedFile[]): Promise<string> {
  const facts = await factsOf(directory, files);
  const lines = facts.map((each, i) => `${files[i]?.name} ${inodeOf(each)}\n`);
  return [`boot ${await bootId()}\n`, ...lines].join("");
}

interface FileFacts {
  readonly size: bigint;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

async function factsOf(
  directory: string,
  files: readonly HashedFile[],
): Promise<readonly FileFacts[]> {
  const found: FileFacts[] = [];
  for (const { name } of files) {
    const facts = await stat(path.join(directory, name), { bigint: true }).catch(() => undefined);
    if (facts === undefined) throw damaged(directory, name);
    found.push(facts);
  }
  return found;
}

function inodeOf({ size, ino, mtimeNs }: Pick<FileFacts, "size" | "ino" | "mtimeNs">): string {
  return `${size} ${ino} ${mtimeNs}`;
}

/** A data directory that can only be read is checked anew each time. */
async function writeStamp(directory: string, stamp: string): Promise<void> {
  await writeFile(path.join(directory, STAMP), stamp).catch(() => {});
}

async function readText(directory: string, name: string): Promise<string | undefined> {
  return readFile(path.join(directory, name), "utf8").catch(() => undefined);
}

/** SHA-256 of a file, hexadecimal, streamed. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: READ_BYTES })) {
    hash.update(chunk as Uint8Array);
  }
  return hash.digest("hex");
}

function damaged(directory: string, name: string): AppError {
  return new AppError(
    "damaged_file",
    `${path.join(directory, name)} is not what was stored: it is missing or its SHA-256 differs. ` +
      "Restore the data directory from a backup, or add or train the version again.",
    { details: { file: name } },
  );
}
