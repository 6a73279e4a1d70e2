// Training runs on disk: <data directory>/training/<id>.json is what a person sees of a run,
// <id>.jsonl the samples it learns from, <id>.earlier.jsonl those it repeats, <id>.kept.jsonl those
// of the latter that came from no feedback; runs/<id> is where it can be gone on with. All but the
// first go when the run has ended for good.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { AppError, messageOf } from "../base/index.ts";
import { runsIn, trainingIn } from "../registry/index.ts";
import { readGateVerdict, type TrainingRun } from "../wire/index.ts";

/** What a run repeats, each part the oldest first. */
export interface EarlierLines {
  /** From feedback. */
  readonly fed: readonly string[];
  /** From files and requests, as versions keep them. */
  readonly kept: readonly string[];
}

export class RunFiles {
  readonly #directory: string;
  readonly #runs: string;

  constructor(dataDirectory: string) {
    this.#directory = trainingIn(dataDirectory);
    this.#runs = runsIn(dataDirectory);
  }

  /** All runs; a file that cannot be read is left out, since it is no reason not to start. */
  readAll(): TrainingRun[] {
    mkdirSync(this.#directory, { recursive: true });
    const names = readdirSync(this.#directory).filter((name) => name.endsWith(".json"));
    return names.flatMap((name) => {
      try {
        const text = readFileSync(path.join(this.#directory, name), "utf8");
        return [asKnown(JSON.parse(text) as TrainingRun)];
      } catch {
        return [];
      }
    });
  }

  write(run: TrainingRun): void {
    this.#writeText(path.join(this.#directory, `${run.id}.json`), JSON.stringify(run));
  }

  remove(id: string): void {
    rmSync(path.join(this.#directory, `${id}.json`), { force: true });
    this.removeSamples(id);
  }

  samplesFileOf(id: string): string {
    return path.join(this.#directory, `${id}.jsonl`);
  }

  writeSamples(id: string, lines: readonly string[]): void {
    this.#writeText(this.samplesFileOf(id), asText(lines));
  }

  /** What earlier versions learned; undefined where the run repeats nothing. */
  earlierFileOf(id: string): string | undefined {
    const file = this.#earlierOf(id);
    return existsSync(file) ? file : undefined;
  }

  /** Of those, what came from no feedback. */
  keptFileOf(id: string): string | undefined {
    const file = this.#keptOf(id);
    return existsSync(file) ? file : undefined;
  }

  writeEarlier(id: string, { fed, kept }: EarlierLines): void {
    this.#writeLines(this.#keptOf(id), kept);
    this.#writeLines(this.#earlierOf(id), [...fed, ...kept]);
  }

  /** What a run learns, and what it repeats. */
  linesOf(id: string): EarlierLines & { readonly samples: readonly string[] } {
    const earlier = linesIn(this.#earlierOf(id));
    const kept = linesIn(this.#keptOf(id));
    const fed = earlier.slice(0, earlier.length - kept.length);
    return { samples: linesIn(this.samplesFileOf(id)), fed, kept };
  }

  /** Of a server's run: its checkpoint, and what else need not be done twice. */
  runDirectoryOf(id: string): string {
    return path.join(this.#runs, id);
  }

  /** With the samples goes what a training has made of them. */
  removeSamples(id: string): void {
    rmSync(this.runDirectoryOf(id), { recursive: true, force: true });
    rmSync(this.samplesFileOf(id), { force: true });
    rmSync(this.#earlierOf(id), { force: true });
    rmSync(this.#keptOf(id), { force: true });
  }

  /** The runs whose samples, or those they repeat, lie here. */
  withSamples(): string[] {
    mkdirSync(this.#directory, { recursive: true });
    const names = readdirSync(this.#directory).flatMap((name) => {
      return /^(.+?)(\.earlier|\.kept)?\.jsonl$/.exec(name)?.[1] ?? [];
    });
    return [...new Set(names)];
  }

  #keptOf(id: string): string {
    return path.join(this.#directory, `${id}.kept.jsonl`);
  }

  #earlierOf(id: string): string {
    return path.join(this.#directory, `${id}.earlier.jsonl`);
  }

  /** No lines leave no file. */
  #writeLines(file: string, lines: readonly string[]): void {
    if (lines.length > 0) this.#writeText(file, asText(lines));
    else rmSync(file, { force: true });
  }

  /**
   * Whole or not at all after a kill. It is not flushed to the disk: the server writes it while it
   * answers, and after a power cut the run begins at an earlier moment. Throws `io_failed`.
   */
  #writeText(file: string, text: string): void {
    try {
      mkdirSync(this.#directory, { recursive: true });
      writeFileSync(`${file}.tmp`, text);
      renameSync(`${file}.tmp`, file);
    } catch (cause) {
      rmSync(`${file}.tmp`, { force: true });
      throw new AppError(
        "io_failed",
        `${path.basename(file)} cannot be written to ${path.basename(this.#directory)}/ in the ` +
          `data directory: ${messageOf(cause)}. See whether its disk is full.`,
        { cause },
      );
    }
  }
}

/** A run as some version of the program wrote it, without findings that are not known here. */
function asKnown(run: TrainingRun): TrainingRun {
  const { result } = run;
  return result ? { ...run, result: { ...result, gate: readGateVerdict(result.gate) } } : run;
}

/** None where there is no file. */
function linesIn(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

function asText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
