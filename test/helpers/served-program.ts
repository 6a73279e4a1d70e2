// The built program, serving the shipped starter from a data directory of its own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { addressOf, PROGRAM } from "./run-cli.ts";

/** Started and ready; disposing of it ends the process and removes its data. */
export interface ServedProgram extends AsyncDisposable {
  /** Ends in a slash. */
  readonly url: string;
}

export async function serveProgram(): Promise<ServedProgram> {
  const data = mkdtempSync(path.join(tmpdir(), "whetstone-served-"));
  const args = [PROGRAM, "serve", "--port", "0", "--data", data, "--json"];
  const server = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, WHETSTONE_FILL_DEADLINE_MS: "60000" },
  });
  return {
    url: await addressOf(server),
    [Symbol.asyncDispose]: async () => {
      server.kill();
      if (server.exitCode === null) await once(server, "exit");
      rmSync(data, { recursive: true, force: true });
    },
  };
}
