// What a server learns of trainings that commands do beside it: training/<run>.command in the data
// directory says what a command trains as long as it does, and afterwards, where it failed, why. A
// training that ended well has left its version, and one that a person stopped is not told of.

import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { codeOf } from "../base/index.ts";
import { isHeld } from "../jobs/index.ts";
import { trainingIn } from "../registry/index.ts";
import { isHolderAlive } from "./settle-run.ts";

/** A training by a command. */
export interface CommandRun {
  /** As `openTrainingMaterial` names it: with the mark of its process. */
  readonly run: string;
  readonly model: string;
  /** The version it began with. */
  readonly base: string;
}

export interface FailedCommandRun extends CommandRun {
  /** Of the error; `training_failed` where the process was killed. */
  readonly code: string;
}

const ENDING = ".command";
const HALF_WRITTEN = `${ENDING}.tmp`;
/** By then every server that ran has seen it. */
const KEPT_MS = 24 * 3_600_000;

export class CommandRuns {
  readonly #directory: string;

  constructor(dataDirectory: string) {
    this.#directory = trainingIn(dataDirectory);
  }

  /** Trains, and lets servers know of it; throws what `train` throws. */
  async during<T>(run: CommandRun, train: () => Promise<T>): Promise<T> {
    await this.forgetOld();
    await this.#write(run);
    try {
      const trained = await train();
      await this.forget(run.run);
      return trained;
    } catch (error) {
      const code = codeOf(error);
      // The same training is under way in another process: this one has not failed, but not begun.
      if (code === "cancelled" || isHeld(error)) await this.forget(run.run);
      else await this.#write({ ...run, code });
      throw error;
    }
  }

  /** Those that failed, or whose process was killed. */
  async failed(): Promise<readonly FailedCommandRun[]> {
    const failed: FailedCommandRun[] = [];
    for (const run of await this.#names()) {
      // Asked first: what a process that has ended wrote is its last word.
      const isAlive = isHolderAlive(run) === true;
      const found = await this.#read(run);
      if (found === undefined || (isAlive && found.code === undefined)) continue;
      failed.push({ ...found, code: found.code ?? "training_failed" });
    }
    return failed;
  }

  /** Never throws: what stays is told again by no server that runs, and goes after a day. */
  async forget(run: string): Promise<void> {
    await rm(this.#fileOf(run), { force: true }).catch(() => {});
  }

  /** What every server that ran has seen by now, and what a process left half written. */
  async forgetOld(): Promise<void> {
    const failed = new Set((await this.failed()).map(({ run }) => run));
    for (const name of await this.#files()) {
      const file = path.join(this.#directory, name);
      const run = name.slice(0, name.indexOf(ENDING));
      const isOver = failed.has(run) || isHolderAlive(run) !== true;
      const facts = isOver ? await stat(file).catch(() => undefined) : undefined;
      const isOld = facts !== undefined && Date.now() - facts.mtimeMs > KEPT_MS;
      if (isOld) await rm(file, { force: true }).catch(() => {});
    }
  }

  /** A disk that is full stops no training, and hides no error of it. */
  async #write(run: CommandRun & { readonly code?: string }): Promise<void> {
    const file = this.#fileOf(run.run);
    try {
      await mkdir(this.#directory, { recursive: true });
      await writeFile(`${file}.tmp`, JSON.stringify(run));
      await rename(`${file}.tmp`, file);
    } catch {
      await rm(`${file}.tmp`, { force: true }).catch(() => {});
    }
  }

  /** Undefined for one that is gone, or that cannot be read. */
  async #read(run: string): Promise<(CommandRun & { readonly code?: string }) | undefined> {
    try {
      const { model, base, code } = JSON.parse(
        await readFile(this.#fileOf(run), "utf8"),
      ) as Partial<FailedCommandRun>;
      if (typeof model !== "string" || typeof base !== "string") return undefined;
      return { run, model, base, ...(typeof code === "string" && { code }) };
    } catch {
      return undefined;
    }
  }

  async #names(): Promise<readonly string[]> {
    const files = await this.#files();
    return files
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .toSorted();
  }

  async #files(): Promise<readonly string[]> {
    const names = await readdir(this.#directory).catch(() => []);
    return names.filter((name) => name.endsWith(ENDING) || name.endsWith(HALF_WRITTEN));
  }

  #fileOf(run: string): string {
    return path.join(this.#directory, `${run}${ENDING}`);
  }
}
