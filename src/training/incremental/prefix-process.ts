// Starts the process that fills the activation cache, when there is something to fill.

import { AppError, type ErrorData } from "../../base/index.ts";
import { entryBeside, startChild, type Child } from "../../jobs/index.ts";
import { fromTrainingFailure } from "../order.ts";
import { ActivationCache, type CachedRow } from "./activation-cache.ts";
import type { PrefixSource } from "./prefix.ts";

export type ToPrefix =
  | { readonly kind: "open"; readonly source: PrefixSource }
  | { readonly kind: "fill"; readonly rows: readonly CachedRow[] };

export type FromPrefix =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "filled" }
  | { readonly kind: "failed"; readonly error: ErrorData };

/** A `fill` that waits for the process. */
interface Filling {
  readonly onDone: (count: number) => void;
  /** Without an error, all rows are there. */
  readonly end: (error?: unknown) => void;
}

/** Activations on demand: those that are cached at once, others through a process of their own. */
export class CachedPrefix implements Disposable {
  readonly cache: ActivationCache;
  readonly #source: PrefixSource;
  #child: Child<ToPrefix> | undefined;
  #filling: Filling | undefined;

  constructor(source: PrefixSource, hiddenSize: number) {
    this.cache = new ActivationCache(source.cacheDirectory, hiddenSize);
    this.#source = source;
  }

  /**
   * Resolves when all rows are cached.
   *
   * @param onDone told how many are; what it throws ends the process, and is thrown here
   * @throws AppError `training_failed` when the process dies, and whatever is wrong with the model
   */
  async fill(
    rows: readonly CachedRow[],
    onDone: (count: number) => void = () => {},
  ): Promise<void> {
    const missing = rows.filter((row) => !this.cache.claim(row));
    if (missing.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      const end: Filling["end"] = (error) => (error === undefined ? resolve() : reject(error));
      const cachedCount = rows.length - missing.length;
      const tell = (done: number): void => {
        try {
          onDone(cachedCount + done);
        } catch (error) {
          this.end();
          end(error);
        }
      };
      this.#filling = { onDone: tell, end };
      this.#started().send({ kind: "fill", rows: missing });
    });
  }

  /** Ends the process, if any; the cache stays. A later `fill` starts another one. */
  end(): void {
    this.#child?.kill();
    this.#child = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #started(): Child<ToPrefix> {
    if (this.#child !== undefined) return this.#child;
    const child = startChild<ToPrefix, FromPrefix>(entryBeside(import.meta.url, "prefix"), {
      onMessage: (message) => {
        if (message.kind === "progress") this.#filling?.onDone(message.done);
        else if (message.kind === "filled") this.#filling?.end();
        else this.#filling?.end(fromTrainingFailure(message.error));
      },
      onExit: (reason) => {
        // One that was ended here, and maybe replaced by now, is not missed.
        if (this.#child !== child) return;
        this.#child = undefined;
        this.#filling?.end(processDied(reason));
      },
    });
    child.send({ kind: "open", source: this.#source });
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
