// Training runs on disk: <data directory>/training/<id>.json is what a person sees of a run,
// <id>.jsonl the samples it learns from. The latter goes when the run has ended for good.

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TrainingRun } from "../wire/index.ts";

export class RunFiles {
  readonly #directory: string;

  constructor(dataDirectory: string) {
    this.#directory = path.join(dataDirectory, "training");
  }

  /** All runs; a file that cannot be read is left out, since it is no reason not to start. */
  readAll(): TrainingRun[] {
    mkdirSync(this.#directory, { recursive: true });
    const names = readdirSync(this.#directory).filter((name) => name.endsWith(".json"));
    return names.flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(path.join(this.#directory, name), "utf8")) as TrainingRun];
      } catch {
        return [];
      }
    });
  }

  write(run: TrainingRun): void {
    this.#writeText(`${run.id}.json`, JSON.stringify(run));
  }

  samplesFileOf(id: string): string {
    return path.join(this.#directory, `${id}.jsonl`);
  }

  writeSamples(id: string, lines: readonly string[]): void {
    this.#writeText(`${id}.jsonl`, lines.map((line) => `${line}\n`).join(""));
  }

  removeSamples(id: string): void {
    rmSync(this.samplesFileOf(id), { force: true });
  }

  /**
   * Whole or not at all after a kill. It is not flushed to the disk: the server writes it while it
   * answers, and after a power cut the run begins at an earlier moment.
   */
  #writeText(name: string, text: string): void {
    mkdirSync(this.#directory, { recursive: true });
    const file = path.join(this.#directory, name);
    writeFileSync(`${file}.tmp`, text);
    renameSync(`${file}.tmp`, file);
  }
}
