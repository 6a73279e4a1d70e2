// A thread that updates a share of the parameters. The engine takes no shared memory, so the memory
// itself moves: to the thread when it is needed there, and back before the engine runs again.

import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { AppError, messageOf } from "../../base/index.ts";
import { threadBeside } from "../../jobs/index.ts";
import type { TrainedParameter } from "../parameters.ts";
import type { Updated, UpdateSettings } from "./update.ts";

export type ToHelper =
  | { readonly kind: "take"; readonly parameters: readonly Updated[] }
  | { readonly kind: "update"; readonly update: UpdateSettings };

export type FromHelper =
  | { readonly kind: "norms"; readonly norms: readonly number[] }
  | { readonly kind: "done"; readonly parameters: readonly Updated[] };

/** Starts the code of the thread, where the program is built. */
export const startBuiltThread = threadBeside(import.meta.url, "helper-thread");

export class HelperThread implements Disposable {
  readonly #worker: Worker;
  readonly #parameters: readonly TrainedParameter[];

  /** Owns `worker` from now on. */
  constructor(worker: Worker, parameters: readonly TrainedParameter[]) {
    this.#worker = worker;
    this.#parameters = parameters;
    // A run that is over need not wait for it.
    worker.unref();
  }

  /** Takes the parameters' memory, and gives Σ g² of each. */
  async squaredNorms(): Promise<readonly number[]> {
    const parameters = this.#parameters.map(
      ({ weights, gradient, moments, decays, rateShare }): Updated => {
        return { weights, gradient, moments, decays, rateShare };
      },
    );
    const answer = await this.#ask({ kind: "take", parameters }, buffersOf(parameters));
    return answer.kind === "norms" ? answer.norms : [];
  }

  /** Updates them, and puts the memory back into place. */
  async update(update: UpdateSettings): Promise<void> {
    const answer = await this.#ask({ kind: "update", update });
    if (answer.kind !== "done") return;
    for (const [i, { weights, gradient, moments }] of answer.parameters.entries()) {
      Object.assign(this.#parameters[i] as TrainedParameter, { weights, gradient, moments });
    }
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate();
  }

  async #ask(message: ToHelper, transfer: readonly ArrayBuffer[] = []): Promise<FromHelper> {
    const ended = new AbortController();
    const { signal } = ended;
    this.#worker.ref();
    try {
      const answer = once(this.#worker, "message", { signal });
      const exit = once(this.#worker, "exit", { signal });
      this.#worker.postMessage(message, [...transfer]);
      const first = await Promise.race([answer, exit.then(([code]) => Number(code))]);
      if (typeof first === "number") throw lost(`exit code ${first}`);
      return first[0] as FromHelper;
    } catch (error) {
      throw error instanceof AppError ? error : lost(messageOf(error), error);
    } finally {
      ended.abort();
      this.#worker.unref();
    }
  }
}

/** The memory of all arrays; each has its own (trainedParameter sees to it). */
export function buffersOf(parameters: readonly Updated[]): ArrayBuffer[] {
  return parameters.flatMap(({ weights, gradient, moments }) =>
    [weights, gradient, moments.first, moments.second].map(({ buffer }) => buffer as ArrayBuffer),
  );
}

function lost(reason: string, cause?: unknown): AppError {
  return new AppError(
    "training_failed",
    `A thread of the optimiser ended (${reason}); it may have run out of memory. Continue the run.`,
    { cause },
  );
}
