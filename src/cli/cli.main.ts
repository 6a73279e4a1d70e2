// The command `whetstone`: hands the process over to the program and takes its exit code back.

import { runCommandLine } from "./program.ts";
import type { Terminal } from "./terminal.ts";

const terminal: Terminal = {
  env: process.env,
  stdin: process.stdin,
  stderr: process.stderr,
  out: (text) => void process.stdout.write(text),
  onInterrupt: (callback) => {
    process.on("SIGINT", callback);
    process.on("SIGTERM", callback);
    return () => {
      process.off("SIGINT", callback);
      process.off("SIGTERM", callback);
    };
  },
};

// Whoever read the output may have seen enough (`| head`); that is no failure of this program.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), terminal);
