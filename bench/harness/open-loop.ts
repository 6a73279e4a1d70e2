// Starts the process that asks at a fixed rate.

import { fork } from "node:child_process";
import path from "node:path";

export interface OpenLoopOrder {
  readonly url: string;
  readonly model: string;
  readonly texts: readonly string[];
  readonly perSecond: number;
}

/** A request as the load saw it. */
export interface Seen {
  /** 0: nobody answered. */
  readonly status: number;
  readonly version: string | null;
  /** From when it was due. */
  readonly ms: number;
  /** When the answer was there; milliseconds since 1970. */
  readonly atMs: number;
}

const ENTRY = path.join(import.meta.dirname, "open-loop.main.ts");

/** Begins to ask; the result ends it and gives all that was seen, from the second process. */
export function startOpenLoop(order: OpenLoopOrder): () => Promise<readonly Seen[]> {
  const child = fork(ENTRY, [JSON.stringify(order)], {
    execArgv: ["--import", "tsx"],
    serialization: "advanced",
  });
  return async () => {
    const seen = new Promise<readonly Seen[]>((resolve, reject) => {
      child.once("message", (message) => resolve(message as readonly Seen[]));
      child.once("exit", (code) => reject(new Error(`the load ended early with code ${code}`)));
    });
    child.send("stop");
    const all = await seen;
    child.removeAllListeners("exit");
    child.disconnect();
    return all;
  };
}
