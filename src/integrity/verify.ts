// The check of stored files before they are used. The list of their SHA-256 lies beside them, in
// the form that `sha256sum -c` reads, and the name of their directory is the hash of that list.
// Hashing takes seconds for gigabytes, so files that nobody has touched since they were last found
// whole (by size and the times of their inodes) are not read again. Knows nothing of models.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "../base/index.ts";
import { contentKey, type HashedFile } from "./content-key.ts";

const LIST = ".sha256sums";
const STAMP = ".verified";
const LINE = /^([0-9a-f]{64}) {2}(.+)$/;

/**
 * Finds the files of a stored directory whole, or says which is not. A directory without a list of
 * hashes is left alone: nothing is known of it. Gives whether there is a list, and so whether the
 * directory is named by its content.
 *
 * @throws AppError `damaged_file`
 */
export async function verifyFiles(
  directory: string,
  { isFull = false }: { readonly isFull?: boolean } = {},
): Promise<boolean> {
  const files = await readList(directory);
  if (files === undefined) return false;
  // Whoever changes a file and its line in the list does not change the directory's name.
  if (contentKey(files) !== path.basename(directory)) throw damaged(directory, LIST);
  const stamp = await stampOf(directory, files);
  if (!isFull && stamp === (await readText(directory, STAMP))) return true;
  for (const { name, sha256 } of files) {
    if ((await hashOf(path.join(directory, name))) !== sha256) throw damaged(directory, name);
  }
  await writeStamp(directory, stamp);
  return true;
}

/** Writes what `verifyFiles` reads beside files that have just been stored. */
export async function writeIntegrity(
  directory: string,
  files: readonly HashedFile[],
): Promise<void> {
  const lines = files.map(({ name, sha256 }) => `${sha256}  ${name}\n`);
  await writeFile(path.join(directory, LIST), lines.join(""));
  await writeStamp(directory, await stampOf(directory, files));
}

async function readList(directory: string): Promise<readonly HashedFile[] | undefined> {
  const text = await readText(directory, LIST);
  const lines = text?.split("\n").filter((line) => line !== "");
  return lines?.map((line) => {
    const [, sha256, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) throw damaged(directory, LIST);
    return { name, sha256 };
  });
}

/** What changes when somebody writes to one of the files. */
async function stampOf(directory: string, files: readonly HashedFile[]): Promise<string> {
  const lines: string[] = [];
  for (const { name } of files) {
    const facts = await stat(path.join(directory, name), { bigint: true }).catch(() => undefined);
    if (facts === undefined) throw damaged(directory, name);
    const { size, ino, mtimeNs, ctimeNs } = facts;
    lines.push(`${name} ${size} ${ino} ${mtimeNs} ${ctimeNs}\n`);
  }
  return lines.join("");
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
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
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
