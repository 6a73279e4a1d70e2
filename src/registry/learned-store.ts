// Samples that versions learned from and that stand nowhere else: they came from a file or with a
// request. They are kept for as long as the files of their version, without personal data:
//   learned/<id>/<version>.jsonl           its samples
//   learned/<id>/<version>.earlier.jsonl   those of such versions before it that it repeated
// It knows nothing of what stands in the lines.

import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { learnedIn } from "./data-directory.ts";
import type { Learner } from "./feedback-types.ts";

/** What is kept for a version; a part that is absent stays what it is. */
export interface LearnedFiles {
  readonly samples?: Uint8Array | undefined;
  readonly earlier?: Uint8Array | undefined;
}

export class LearnedStore {
  readonly #root: string;

  constructor(dataDirectory: string) {
    this.#root = learnedIn(dataDirectory);
  }

  /** Each file is whole or not there. */
  async keep(version: Learner, { samples, earlier }: LearnedFiles): Promise<void> {
    if (samples !== undefined) await this.#write(this.#samplesOf(version), samples);
    if (earlier !== undefined) await this.#write(this.#earlierOf(version), earlier);
  }

  /** Undefined where nothing is kept. */
  samplesFileOf(version: Learner): string | undefined {
    const file = this.#samplesOf(version);
    return existsSync(file) ? file : undefined;
  }

  earlierFileOf(version: Learner): string | undefined {
    const file = this.#earlierOf(version);
    return existsSync(file) ? file : undefined;
  }

  /** Forgets what a version learned from. */
  async remove(version: Learner): Promise<void> {
    await rm(this.#samplesOf(version), { force: true });
    await rm(this.#earlierOf(version), { force: true });
  }

  /** Forgets what all versions of a model learned from. */
  async removeModel(model: string): Promise<void> {
    await rm(path.join(this.#root, model), { recursive: true, force: true });
  }

  #samplesOf({ model, version }: Learner): string {
    return path.join(this.#root, model, `${version}.jsonl`);
  }

  #earlierOf({ model, version }: Learner): string {
    return path.join(this.#root, model, `${version}.earlier.jsonl`);
  }

  async #write(file: string, content: Uint8Array): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(`${file}.tmp`, content, { flush: true });
    await rename(`${file}.tmp`, file);
  }
}
