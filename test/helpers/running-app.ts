// The whole server on a free loopback port, with real replica processes that run the stub filler.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createApp, type App, type Listening } from "../../src/app.ts";
import type { Logger } from "../../src/base/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import { openRegistry, type VersionFacts } from "../../src/registry/index.ts";
import { GATE, type StubBehaviour } from "./stub-filler.ts";

export const STUB_ENTRY = {
  file: path.resolve(import.meta.dirname, "stub-replica.main.ts"),
  execArgv: ["--import", "tsx"],
};

export interface RunningApp extends Listening, AsyncDisposable {
  readonly app: App;
  /** Temporary: `data`, `starters` and `web` are in it. */
  readonly folder: string;
  /** Lets the text "gate[MASK]" be answered. */
  readonly openGate: () => Promise<void>;
  readonly closeGate: () => Promise<void>;
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
    // A busy machine may take long to start a process.
    "fill.deadlineMs": "25000",
    // Who asks the same again wants to see what the replicas do.
    "cache.maxBytes": "0",
    ...options.flags,
  };
  const app = await createApp(parseConfig({ flags }), {
    replicaEntry: STUB_ENTRY,
    starters,
    webDirectory: path.join(folder, "web"),
    logger: options.logger,
  });
  const remove = async (): Promise<void> => {
    await app.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const listening = await app.listen().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    app,
    folder,
    ...listening,
    openGate: async () => writeFileSync(await gateOf(app), ""),
    closeGate: async () => rmSync(await gateOf(app), { force: true }),
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
    [Symbol.asyncDispose]: remove,
  };
}

let stubCount = 0;

/** Adds a version to the data directory of a server, as a training process does. */
export async function addStubVersion(
  { folder }: Pick<RunningApp, "folder">,
  behaviour: StubBehaviour = {},
  facts: VersionFacts = {},
): Promise<string> {
  const source = path.join(folder, `version-${++stubCount}`);
  writeStubModel(source, `weights ${stubCount}`, behaviour);
  await using registry = await openRegistry(path.join(folder, "data"));
  return (await registry.addVersion("starter-cloze", source, facts)).version;
}

async function gateOf(app: App): Promise<string> {
  const { directory } = await app.registry.resolve("starter-cloze");
  return path.join(directory, GATE);
}

/** Resolves once `condition` holds; fails after 10 s. */
export async function until(condition: () => boolean): Promise<void> {
  const startMs = Date.now();
  while (!condition()) {
    if (Date.now() - startMs > 10_000) throw new Error(`10 s passed without: ${String(condition)}`);
    await sleep(5);
  }
}

/** A directory that the stub filler opens. */
export function writeStubModel(
  directory: string,
  content = "weights",
  behaviour: StubBehaviour = {},
): void {
  mkdirSync(directory, { recursive: true });
  const config = JSON.stringify({ model_type: "stub", ...behaviour });
  writeFileSync(path.join(directory, "config.json"), config);
  writeFileSync(path.join(directory, "model.safetensors"), content);
}
