// What the frozen layers make of rows, kept on disk: computed once per row and base model, in a
// process that ends before training begins. A file is complete from the moment it is visible, as
// long as the machine does not lose power: thousands of them are not flushed to the disk, and one
// that does not agree with its checksum counts as missing. Its times say when it was last claimed.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { AppError, messageOf } from "../../base/index.ts";

/** What activations are kept of. */
export interface CachedRow {
  readonly ids: readonly number[];
}

export class ActivationCache {
  readonly directory: string;
  readonly #hiddenSize: number;

  /** @param directory belongs to one base model and cut alone */
  constructor(directory: string, hiddenSize: number) {
    this.directory = directory;
    this.#hiddenSize = hiddenSize;
    mkdirSync(directory, { recursive: true });
  }

  /** Whether a row is there; it then counts as used now, and stays as long as this run. */
  claim(row: CachedRow): boolean {
    const file = this.#fileOf(row);
    const now = new Date();
    try {
      const bytes = readFileSync(file);
      const count = this.#countOf(row);
      if (bytes.length !== 4 * (count + 1)) return false;
      const words = new Int32Array(Uint8Array.from(bytes).buffer);
      utimesSync(file, now, now);
      return words[count] === checksumOf(words.subarray(0, count));
    } catch {
      return false;
    }
  }

  /** float32 [S, H] below the cut; throws `io_failed` when the row is not there. */
  read(row: CachedRow): Float32Array {
    const file = this.#fileOf(row);
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(file);
    } catch (cause) {
      throw new AppError("io_failed", `${file} cannot be read: ${messageOf(cause)}`, { cause });
    }
    const values = new Float32Array(this.#countOf(row));
    new Uint8Array(values.buffer).set(bytes.subarray(0, values.byteLength));
    return values;
  }

  /** @param hidden float32 [S, H] below the cut */
  write(row: CachedRow, hidden: Float32Array): void {
    const words = new Int32Array(hidden.length + 1);
    words.set(new Int32Array(hidden.buffer, hidden.byteOffset, hidden.length));
    words[hidden.length] = checksumOf(words.subarray(0, hidden.length));
    const file = this.#fileOf(row);
    const temporary = `${file}.${process.pid}`;
    try {
      writeFileSync(temporary, words);
      renameSync(temporary, file);
    } catch (cause) {
      throw new AppError("io_failed", `${file} cannot be written: ${messageOf(cause)}`, { cause });
    }
  }

  #countOf({ ids }: CachedRow): number {
    return ids.length * this.#hiddenSize;
  }

  #fileOf({ ids }: CachedRow): string {
    const hash = createHash("sha256").update(Int32Array.from(ids)).digest("hex");
    return path.join(this.directory, `${hash.slice(0, 32)}.f32`);
  }
}

/** Tells a file that a power cut left half written, zeros included, and no more than that. */
function checksumOf(words: Int32Array): number {
  let sum = 1;
  for (const word of words) sum = (Math.imul(sum, 31) + word) | 0;
  return sum;
}

/**
 * Removes what was not used for longest from the caches of all models below `root`, until they have
 * `bytesMax` at most. What was claimed since `usedSinceMs` stays, however much that is: a run that
 * began then may still need it.
 */
export function trimActivations(
  root: string,
  { bytesMax, usedSinceMs }: { readonly bytesMax: number; readonly usedSinceMs: number },
): void {
  const files = filesBelow(root).toSorted((a, b) => a.mtimeMs - b.mtimeMs);
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { file, size, mtimeMs } of files) {
    if (total <= bytesMax || mtimeMs >= usedSinceMs) break;
    // A run that began a moment ago may have claimed it since it was listed.
    if (statSync(file, { throwIfNoEntry: false })?.mtimeMs === mtimeMs) rmSync(file);
    total -= size;
  }
}

function filesBelow(root: string) {
  if (!existsSync(root)) return [];
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return names.flatMap((name) => {
    const file = path.join(root, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return [];
    return [{ file, size: stats.size, mtimeMs: stats.mtimeMs }];
  });
}
