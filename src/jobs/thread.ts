// Threads of this program: an entry file beside the module that starts it.

import { Worker } from "node:worker_threads";

/**
 * What starts NAME.main beside the module at `moduleUrl` as a thread; undefined where the sources
 * run, since the loaders that translate them do not reach into threads.
 */
export function threadBeside(moduleUrl: string, name: string): (() => Worker) | undefined {
  if (moduleUrl.endsWith(".ts")) return undefined;
  return () => new Worker(new URL(`./${name}.main.js`, moduleUrl));
}
