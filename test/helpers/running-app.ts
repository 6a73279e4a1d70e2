// The whole server on a free loopback port, with real replica processes that run the stub filler.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createApp, type App, type Listening } from "../../src/app.ts";
import type { Logger } from "../../src/base/index.ts";
import { parseConfig } from "../../src/config/index.ts";

export const STUB_ENTRY = {
  file: path.resolve(import.meta.dirname, "stub-replica.main.ts"),
  execArgv: ["--import", "tsx"],
};

export interface RunningApp extends Listening, AsyncDisposable {
  readonly app: App;
  /** Temporary: `data`, `starters` and `web` are in it. */
  readonly folder: string;
  readonly fill: (body: object) => Promise<{ status: number; body: unknown; headers: Headers }>;
}

export interface RunningAppOptions {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly logger?: Logger;
  /** Names of shipped models; one starter by default. */
  readonly starters?: readonly string[];
}

/** Starts a server; `ready` is not waited for. */
export async function startApp(options: RunningAppOptions = {}): Promise<RunningApp> {
  const folder = mkdtempSync(path.join(tmpdir(), "whetstone-app-"));
  const starters = path.join(folder, "starters");
  for (const id of options.starters ?? ["starter-cloze"]) writeStubModel(path.join(starters, id));
  mkdirSync(path.join(folder, "web/assets"), { recursive: true });
  const flags = {
    "data.directory": path.join(folder, "data"),
    "server.port": "0",
    ...options.flags,
  };
  const app = await createApp(parseConfig({ flags }), {
    replicaEntry: STUB_ENTRY,
    starters,
    webDirectory: path.join(folder, "web"),
    logger: options.logger,
  });
  const listening = await app.listen();
  return {
    app,
    folder,
    ...listening,
    fill: async (body) => {
      const response = await fetch(`${listening.url}/api/fill`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return {
        status: response.status,
        headers: response.headers,
        body: await response.json(),
      };
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A directory that the stub filler opens. */
export function writeStubModel(directory: string, content = "weights"): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(directory, "config.json"), '{"model_type":"stub"}');
  writeFileSync(path.join(directory, "model.safetensors"), content);
}
