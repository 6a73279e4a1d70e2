// A terminal in memory: what a command prints, and a way to interrupt it.

import { PassThrough, Readable } from "node:stream";
import type { Terminal } from "../../src/cli/terminal.ts";

export interface FakeTerminal {
  readonly terminal: Terminal;
  readonly out: () => string;
  readonly err: () => string;
  readonly interrupt: () => void;
}

/** A terminal whose standard input is empty and which nobody watches, unless `changes` says so. */
export function fakeTerminal(changes: Partial<Terminal> = {}): FakeTerminal {
  let out = "";
  let err = "";
  const listeners = new Set<() => void>();
  const stderr = new PassThrough();
  stderr.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  return {
    terminal: {
      env: {},
      stdin: Readable.from([]),
      out: (text) => void (out += text),
      stderr,
      onInterrupt: (callback) => {
        listeners.add(callback);
        return () => void listeners.delete(callback);
      },
      ...changes,
    },
    out: () => out,
    err: () => err,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}
