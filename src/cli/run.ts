// Arguments → exit code: 0 done, 1 failed, 2 wrong usage (what the arguments alone show).

import { CommanderError } from "commander";
import { AppError, messageOf } from "../base/index.ts";
import type { Terminal } from "./context.ts";
import { createProgram } from "./program.ts";

const FAILED = 1;
const WRONG_USAGE = 2;

export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await createProgram(terminal).parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    // Help and version are "errors" of commander with code 0; it has printed its own messages.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_USAGE;
    const isUsage = error instanceof AppError && error.code === "usage";
    if (args.includes("--json")) {
      const { code, message, details } = describe(error);
      terminal.writeOut(`${JSON.stringify({ error: { code, message, details } })}\n`);
    }
    terminal.writeErr(`whetstone: ${messageOf(error)}\n`);
    if (!(error instanceof AppError) && error instanceof Error) {
      terminal.writeErr(`${error.stack ?? ""}\nThis is a bug of Whetstone.\n`);
    }
    return isUsage ? WRONG_USAGE : FAILED;
  }
}

function describe(error: unknown): { code: string; message: string; details?: object | undefined } {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, details: error.details };
  }
  return { code: "bug", message: messageOf(error) };
}
