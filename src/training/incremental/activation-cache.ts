// What the frozen layers make of rows, kept on disk: computed once per row and base model, in a
// process that ends before training begins. A file is complete from the moment it is visible, and
// one of another size counts as missing.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { AppError, messageOf } from "../../base/index.ts";
import { writeFileAtomically } from "../../checkpoint/index.ts";

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

  has(row: CachedRow): boolean {
    const stats = statSync(this.#fileOf(row), { throwIfNoEntry: false });
    return stats?.size === 4 * this.#countOf(row);
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
    return path.join(this.directory, `${hash.slice(0, 32)}.f32`);
  }
}
