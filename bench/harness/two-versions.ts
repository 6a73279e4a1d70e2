// A server with a model of two versions, of the same shape and different weights.

import { existsSync, mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { writeRandomCheckpoint } from "../../src/checkpoint/index.ts";
import { openRegistry } from "../../src/registry/index.ts";
import { benchCheckpoint, TINY } from "./checkpoint.ts";
import { note } from "./report.ts";
import { startServer, type Server } from "./servers.ts";

export interface TwoVersions extends Server {
  readonly data: string;
}

/** Serves versions 1 and 2 of `id`; the caller removes `data`. */
export async function startTwoVersions(
  id: string,
  options: { readonly tiny: boolean; readonly threads: number; readonly precision: string },
): Promise<TwoVersions> {
  const data = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-swap-"));
  const first = benchCheckpoint(options.tiny ? "tiny" : "base");
  const second = `${first}-2`;
  if (!existsSync(path.join(second, "config.json"))) {
    note(`writing a second checkpoint to ${second}`);
    writeRandomCheckpoint(second, { ...(options.tiny ? TINY : {}), seed: 2 });
  }
  await using registry = await openRegistry(data);
  await registry.addModel(id, first);
  await registry.addVersion(id, second, { origin: "added" });
  const server = await startServer(data, options);
  return { ...server, data };
}
