// Starts the process that fills the activation cache, when there is something to fill.

import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AppError } from "../../base/index.ts";
import { fromTrainingFailure, type TrainingFailure } from "../order.ts";
import { ActivationCache, type CachedRow } from "./activation-cache.ts";
import type { PrefixSource } from "./prefix.ts";

export type ToPrefix =
  | { readonly kind: "open"; readonly source: PrefixSource }
  | { readonly kind: "fill"; readonly rows: readonly CachedRow[] };

export type FromPrefix =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "filled" }
  | { readonly kind: "failed"; readonly error: TrainingFailure };

/** JavaScript when built, TypeScript where a loader runs the sources. */
const EXTENSION = import.meta.url.endsWith(".ts") ? "ts" : "js";
const ENTRY = fileURLToPath(new URL(`./prefix.main.${EXTENSION}`, import.meta.url));

/** Activations on demand: those that are cached at once, others through a process of their own. */
export class CachedPrefix implements Disposable {
  readonly cache: ActivationCache;
  readonly #source: PrefixSource;
  #child: ChildProcess | undefined;

  constructor(source: PrefixSource, hiddenSize: number) {
    this.cache = new ActivationCache(source.cacheDirectory, hiddenSize);
    this.#source = source;
  }

  /**
   * Resolves when all rows are cached.
   *
   * @throws AppError `training_failed` when the process dies, and whatever is wrong with the model
   */
  async fill(
    rows: readonly CachedRow[],
    onDone: (count: number) => void = () => {},
  ): Promise<void> {
    if (rows.every((row) => this.cache.has(row))) return;
    const child = this.#started();
    await new Promise<void>((resolve, reject) => {
      const died = (code: number | null, signal: string | null): void => {
        const reason = signal === null ? `exit code ${code}` : `signal ${signal}`;
        end(() => reject(processDied(reason)));
      };
      const listen = (message: FromPrefix): void => {
        if (message.kind === "progress") onDone(message.done);
        else if (message.kind === "filled") end(resolve);
        else end(() => reject(fromTrainingFailure(message.error)));
      };
      const end = (settle: () => void): void => {
        child.off("message", listen).off("exit", died);
        settle();
      };
      child.on("message", listen).on("exit", died);
      child.send({ kind: "fill", rows } satisfies ToPrefix);
    });
  }

  /** Ends the process, if any; the cache stays. A later `fill` starts another one. */
  end(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #started(): ChildProcess {
    if (this.#child?.connected === true) return this.#child;
    // What an engine prints must not mix with a command's result on stdout.
    const options = { serialization: "advanced", stdio: ["ignore", 2, 2, "ipc"] } as const;
    const child = fork(ENTRY, [], { ...options, stdio: [...options.stdio] });
    child.send({ kind: "open", source: this.#source } satisfies ToPrefix);
    this.#child = child;
    return child;
  }
}

function processDied(reason: string): AppError {
  return new AppError(
    "training_failed",
    `The process that prepares the texts ended early (${reason}); it may have run out of memory. ` +
      "The same command continues the training.",
  );
}
