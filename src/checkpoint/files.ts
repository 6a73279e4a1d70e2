// Files and directories that appear whole or not at all, exact positioned reads, and content
// hashes.

import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import path from "node:path";

import { AppError, messageOf } from "../base/index.ts";
import { hashOf } from "../integrity/index.ts";

/** One read or write call moves at most this much; Linux refuses 2 GiB and more. */
const TRANSFER_BYTES_MAX = 1 << 30;

/**
 * Writes a file through a temporary sibling: `write` gets a function that appends bytes, then the
 * file is synced and renamed over `filePath`, so that readers see the old content or the new one.
 * Throws `io_failed` when the disk refuses; the temporary file is removed on any error.
 */
export function writeFileAtomically(
  filePath: string,
  write: (append: (bytes: Uint8Array) => void) => void,
): void {
  const temporary = temporarySibling(filePath);
  try {
    const file = openSync(temporary, "wx");
    try {
      write((bytes) => writeFully(file, bytes));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, filePath);
    syncDirectory(path.dirname(filePath));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw asWriteError(error, filePath);
  }
}

/**
 * Fills a temporary sibling directory and renames it to `directory`. An existing `directory` is
 * moved aside first and removed last, so that at every moment one complete copy is on disk. Throws
 * `io_failed` when the disk refuses; the temporary directory is removed on any error.
 */
export function writeDirectoryAtomically(
  directory: string,
  fill: (temporary: string) => void,
): void {
  const target = path.resolve(directory);
  const temporary = temporarySibling(target);
  const aside = temporarySibling(target);
  try {
    mkdirSync(temporary, { recursive: true });
    fill(temporary);
    syncDirectory(temporary);
    const replaces = existsSync(target);
    if (replaces) renameSync(target, aside);
    try {
      renameSync(temporary, target);
    } catch (error) {
      if (replaces) renameSync(aside, target);
      throw error;
    }
    syncDirectory(path.dirname(target));
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw asWriteError(error, target);
  }
}

/** Fills `target` from byte `position` of an open file; `damaged_file` when the file ends early. */
export function readFully(file: number, target: Uint8Array, position: number, what: string): void {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(target.length - done, TRANSFER_BYTES_MAX);
    const count = readSync(file, target, done, length, position + done);
    if (count === 0) {
      throw new AppError(
        "damaged_file",
        `${what} ends at byte ${position + done}, expected ${target.length - done} more; ` +
          "it is truncated or was changed while being read. Download or save it again.",
      );
    }
    done += count;
  }
}

/** SHA-256 of a file as 64 lower-case hexadecimal digits, streamed; `not_found` without a file. */
export async function sha256OfFile(filePath: string): Promise<string> {
  if (!existsSync(filePath)) {
    throw new AppError("not_found", `${filePath} does not exist; check the path.`);
  }
  return hashOf(filePath);
}

function writeFully(file: number, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    const length = Math.min(bytes.length - done, TRANSFER_BYTES_MAX);
    done += writeSync(file, bytes, done, length);
  }
}

function temporarySibling(target: string): string {
  const suffix = `${process.pid}-${randomBytes(6).toString("hex")}`;
  return path.join(path.dirname(target), `.${path.basename(target)}.${suffix}.tmp`);
}

/** Makes a file that somebody else wrote durable. */
export function syncFile(filePath: string): void {
  const file = openSync(filePath, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a rename durable; file systems without directory handles (Windows) refuse, harmlessly. */
function syncDirectory(directory: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function asWriteError(error: unknown, target: string): unknown {
  if (!(error instanceof Error) || !("syscall" in error)) return error;
  return new AppError(
    "io_failed",
    `Writing ${target} failed: ${messageOf(error)}. ` +
      "Check free space and permissions; what was there before is unchanged.",
    { cause: error },
  );
}
