// What a command is given and how it answers. `--json` means one JSON document on standard output
// and nothing else there; logs and progress always go to standard error.

import type { Readable } from "node:stream";
import { parseConfig, flagsOfOptions, type Config } from "../config/index.ts";

/** The outside of the process, so that tests can run commands in theirs. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Width of standard output in characters. */
  readonly columns: number;
  /** Whether a person watches standard error. */
  readonly isInteractive: boolean;
  /** Calls back once when the process is asked to end. */
  readonly onStop: (stop: () => void) => void;
}

/** Options as commander parsed them. */
export type Options = Readonly<Record<string, unknown>>;

export interface CommandContext extends Terminal {
  readonly config: Config;
  readonly options: Options;
  /** Prints the result: as JSON, or as the lines that `human` makes of it. */
  readonly answer: <T>(result: T, human: (result: T) => string) => void;
  /** A line on standard error. */
  readonly note: (text: string) => void;
}

/** @throws AppError `usage` for a setting that is unknown or out of range. */
export function createContext(terminal: Terminal, options: Options): CommandContext {
  const config = parseConfig({ env: terminal.env, flags: flagsOfOptions(options) });
  return {
    ...terminal,
    config,
    options,
    answer: (result, human) => {
      const text = options["json"] === true ? JSON.stringify(result) : human(result);
      terminal.writeOut(text.endsWith("\n") ? text : `${text}\n`);
    },
    note: (text) => terminal.writeErr(`${text}\n`),
  };
}
