// A server with a model of two versions: a base, and a patch on it that changes what an incremental
// update changes, by so little that the answers stay and no gate has a reason.

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { openDataDirectory } from "../../src/configured.ts";
import { createRandom } from "../../src/base/index.ts";
import {
  openHuggingFaceDirectory,
  savePatch,
  type Differences,
  type HuggingFaceDirectory,
} from "../../src/checkpoint/index.ts";
import { parseConfig } from "../../src/config/index.ts";
import { maskedLanguageModel } from "../../src/models/index.ts";
import { benchCheckpoint } from "./checkpoint.ts";
import { startServer, type Server } from "./servers.ts";

export interface TwoVersions extends Server {
  readonly data: string;
  /** Names of the versions' files, as they stand in the paths of what is mapped. */
  readonly keys: { readonly base: string; readonly patch: string };
}

/** Layers that an incremental update of twelve trains. */
const TRAINED_SHARE = 1 / 4;
const DEVIATION = 1e-4;

/** Serves versions 1 and 2 of `id`; the caller removes `data`. */
export async function startTwoVersions(
  id: string,
  options: { readonly tiny: boolean; readonly threads: number; readonly precision: string },
): Promise<TwoVersions> {
  const data = mkdtempSync(path.join(os.tmpdir(), "whetstone-bench-swap-"));
  const flags = {
    "data.directory": data,
    "replica.precision": options.precision,
    "replica.minAgreement": "0",
    "replica.threads": String(options.threads),
  };
  await using registry = await openDataDirectory(parseConfig({ flags }));
  const checkpoint = benchCheckpoint(options.tiny ? "tiny" : "base");
  const { versions } = await registry.addModel(id, checkpoint);
  const { key = "", sha256 = "" } = versions[0] ?? {};
  const patch = path.join(data, "patch");
  using source = openHuggingFaceDirectory(checkpoint);
  savePatch(patch, {
    base: { key, sha256 },
    config: source.config,
    tokenizerFiles: source.readTokenizerFiles(),
    differences: smallDifferences(source),
  });
  const second = await registry.addVersion(id, patch);
  rmSync(patch, { recursive: true });
  const server = await startServer(data, options);
  return { ...server, data, keys: { base: key, patch: second.key } };
}

/** Of the upper layers and the head, without the embeddings. */
function smallDifferences(source: HuggingFaceDirectory): Differences {
  const { layerCount, embeddingName } = maskedLanguageModel(source.config);
  const random = createRandom(1);
  const differences = new Map<string, ReturnType<HuggingFaceDirectory["readTensor"]>>();
  for (const name of source.tensors.keys()) {
    const layer = Number(/\.layer\.(\d+)\./.exec(name)?.[1] ?? NaN);
    const isTrained = layer >= layerCount * (1 - TRAINED_SHARE) || name.startsWith("cls.");
    if (!isTrained || source.tied.has(name) || name === embeddingName) continue;
    const { shape, data } = source.readTensor(name);
    differences.set(name, { shape, data: data.map(() => random.normal() * DEVIATION) });
  }
  return differences;
}
