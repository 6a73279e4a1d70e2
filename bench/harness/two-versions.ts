// A server with a model of two versions: the same weights in files of their own, so that nothing
// but the swap differs, and no gate has a reason.

import { constants, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { openRegistry } from "../../src/registry/index.ts";
import { benchCheckpoint } from "./checkpoint.ts";
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
  const second = path.join(data, "second");
  cpSync(first, second, { recursive: true, mode: constants.COPYFILE_FICLONE });
  const config = path.join(second, "config.json");
  const marked = { ...JSON.parse(readFileSync(config, "utf8")), bench_version: 2 } as object;
  writeFileSync(config, JSON.stringify(marked));
  await using registry = await openRegistry(data);
  await registry.addModel(id, first);
  await registry.addVersion(id, second, { origin: "added" });
  rmSync(second, { recursive: true });
  const server = await startServer(data, options);
  return { ...server, data };
}
