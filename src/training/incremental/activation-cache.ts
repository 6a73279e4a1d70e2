// What the frozen layers make of rows, kept on disk: computed once per row and base model, in a
// process that ends before training begins. A file is complete from the moment it is visible, and
// one of another size counts as missing. When it was last written or claimed stands in its times.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import path from "node:path";
import { AppError, messageOf } from "../../base/index.ts";
import { writeFileAtomically } from "../../checkpoint/index.ts";

const ENDING = ".f32";

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
      utimesSync(file, now, now);
      return statSync(file).size === 4 * this.#countOf(row);
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
    const { buffer, byteOffset, byteLength } = hidden;
    writeFileAtomically(this.#fileOf(row), (append) =>
      append(new Uint8Array(buffer, byteOffset, byteLength)),
    );
  }

  #countOf({ ids }: CachedRow): number {
    return ids.length * this.#hiddenSize;
  }

  #fileOf({ ids }: CachedRow): string {
    const hash = createHash("sha256").update(Int32Array.from(ids)).digest("hex");
    return path.join(this.directory, `${hash.slice(0, 32)}${ENDING}`);
  }
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
    const stats = name.endsWith(ENDING) ? statSync(file, { throwIfNoEntry: false }) : undefined;
    return stats === undefined ? [] : [{ file, size: stats.size, mtimeMs: stats.mtimeMs }];
  });
}
