// Threads whose code is TypeScript: vitest translates it in its own processes only, tsx in a
// process's first thread.

import { Worker } from "node:worker_threads";

/** A thread that runs the module at `entry` as its source. */
export function startSourceThread(entry: URL): Worker {
  const code = `import("tsx/esm/api").then(({ register }) => {
    register();
    return import(${JSON.stringify(entry.href)});
  })`;
  return new Worker(code, { eval: true });
}
