// The library: everything that the command line does, for programs in Node.js.

import type { Filler, FillerOptions } from "./tasks/fill-mask/index.ts";

export { createApp, type App, type AppOptions, type Listening } from "./app.ts";
export { AppError, type ErrorCode, type Logger } from "./base/index.ts";
export { parseConfig, type Config, type ConfigInputs } from "./config/index.ts";
export { createLogger, openDataDirectory } from "./configured.ts";
export type { Model, Registry, ResolvedVersion, Version } from "./registry/index.ts";
export type {
  Candidate,
  FilledBlank,
  Filler,
  FillerOptions,
  FillInput,
  FillOutput,
} from "./tasks/fill-mask/index.ts";

/**
 * Opens a model directory for filling blanks in this process; errors as `docs/errors.md`. Opening
 * the first model loads the engine, so that a program that only serves never has it in memory.
 */
export async function openFiller(directory: string, options: FillerOptions): Promise<Filler> {
  const task = await import("./tasks/fill-mask/index.ts");
  return task.openFiller(directory, options);
}
