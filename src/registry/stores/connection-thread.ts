// A connection in a thread of its own: whoever asks waits for the disk and for other processes that
// write, and nobody else in this process does.

import type { Worker } from "node:worker_threads";
import { AppError } from "../../base/index.ts";
import { threadBeside } from "../../jobs/index.ts";
import type { Answer, Connection } from "./connection.ts";

/** What the thread is asked: a method of its connection, or to open one. */
export type Call =
  | { readonly id: number; readonly method: "open"; readonly given: readonly [file: string] }
  | {
      readonly id: number;
      readonly method: "query";
      readonly given: Parameters<Connection["query"]>;
    }
  | { readonly id: number; readonly method: "exec"; readonly given: readonly [text: string] }
  | { readonly id: number; readonly method: "rollback"; readonly given: readonly [] }
  | { readonly id: number; readonly method: "close"; readonly given: readonly [] };

export type Reply =
  | { readonly id: number; readonly result: Answer | undefined }
  /** With the code that the driver gives, which a clone of the error would lack. */
  | { readonly id: number; readonly error: { readonly message: string; readonly code: unknown } };

/** Starts the code of the thread, where the program is built. */
export const startBuiltThread = threadBeside(import.meta.url, "connection-thread");

/** A connection to `file` in `worker`, which it owns from now on; throws as `openConnection`. */
export async function openInThread(worker: Worker, file: string): Promise<Connection> {
  const thread = new ConnectionThread(worker);
  try {
    await thread.ask("open", [file]);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    query: async (text, values) => (await thread.ask("query", [text, values])) ?? { rows: [] },
    exec: async (text) => void (await thread.ask("exec", [text])),
    rollback: async () => void (await thread.ask("rollback", [])),
    async close() {
      // Of one that is lost there is nothing to close.
      if (!thread.isLost) await thread.ask("close", []);
      await worker.terminate();
    },
  };
}

interface Waiting {
  readonly resolve: (result: Answer | undefined) => void;
  readonly reject: (error: Error) => void;
}

class ConnectionThread {
  readonly #worker: Worker;
  /** By the id of the call. */
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #loss: AppError | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (reply: Reply) => this.#settle(reply));
    worker.on("error", (error) => this.#lose(error.message));
    worker.on("exit", (code) => this.#lose(`exit code ${code}`));
    // It keeps no process alive that has nothing to ask it.
    worker.unref();
  }

  get isLost(): boolean {
    return this.#loss !== undefined;
  }

  ask<M extends Call["method"]>(
    method: M,
    given: Extract<Call, { readonly method: M }>["given"],
  ): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#loss !== undefined) {
        reject(this.#loss);
        return;
      }
      const id = this.#nextId++;
      this.#worker.ref();
      this.#worker.postMessage({ id, method, given }, []);
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("result" in reply) waiting?.resolve(reply.result);
    else waiting?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }));
  }

  #lose(reason: string): void {
    const text = `The thread of the database ended (${reason}). Start the server again.`;
    this.#loss ??= new AppError("io_failed", text);
    for (const { reject } of this.#waiting.values()) reject(this.#loss);
    this.#waiting.clear();
  }
}
