// The process of the command line: the only place that touches argv, the environment, the standard
// streams and the exit code.

import { run } from "./run.ts";

// A reader that closes the pipe early (`whetstone … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  stdin: process.stdin,
  writeOut: (text) => void process.stdout.write(text),
  writeErr: (text) => void process.stderr.write(text),
  columns: process.stdout.columns ?? 80,
  isInteractive: process.stderr.isTTY,
  onStop: (stop) => {
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  },
});
