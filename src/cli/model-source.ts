// Where `models add` takes a model from.

import { rmSync } from "node:fs";
import path from "node:path";
import { AppError, type ErrorCode } from "../base/index.ts";
import {
  fetchModel,
  parseHubSource,
  readModelConfig,
  readTokenizerFiles,
  type FetchedFile,
  type HubSource,
} from "../checkpoint/index.ts";
import type { Config } from "../config/index.ts";
import type { Model, OpenedModel, Registry } from "../registry/index.ts";
import { quoted } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import type { Call } from "./command-line.ts";
import { startProgress } from "./progress.ts";
import { formatBytes } from "./table.ts";

export type ModelSource =
  | { readonly kind: "directory"; readonly directory: string; readonly suggestedId: string }
  | { readonly kind: "hub"; readonly hub: HubSource; readonly suggestedId: string };

/** Reads SOURCE; throws `invalid_input` for what cannot be one. */
export function describeSource(text: string): ModelSource {
  const hub = parseHubSource(text);
  if (hub !== undefined) {
    return { kind: "hub", hub, suggestedId: idFrom(hub.repo.split("/").at(-1) ?? "") };
  }
  const directory = text.startsWith("file:") ? text.slice("file:".length) : text;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(directory)?.[1];
  if (directory.trim() === "" || directory.includes("\0") || scheme !== undefined) {
    throw new AppError(
      "invalid_input",
      `The source is ${quoted(text)}; expected a directory, file:DIR, hf:OWNER/NAME or ` +
        "modelscope:OWNER/NAME.",
    );
  }
  if (/\.(zip|tar|tgz|tar\.\w+)$/i.test(directory)) {
    throw new AppError(
      "invalid_input",
      `The source is the archive ${quoted(directory)}; unpack it and give its directory.`,
    );
  }
  const resolved = path.resolve(directory);
  return { kind: "directory", directory: resolved, suggestedId: idFrom(path.basename(resolved)) };
}

/** "BERT-base Chinese" → "bert-base-chinese" */
function idFrom(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 64);
}

/** Brings a model in; files that came from a hub are named with their hashes. */
export async function addModel(
  call: Call<{ readonly untrained?: boolean }>,
  source: ModelSource,
  id: string,
): Promise<{ readonly model: Model; readonly files: readonly FetchedFile[] }> {
  await using registry = await openFor(call);
  const added = await bringIn(registry, { call, source, id });
  await noteAct(registry, "model.add", `${id}@1`);
  return added;
}

interface Order {
  readonly call: Call<object>;
  readonly source: ModelSource;
  readonly id: string;
}

async function bringIn(
  registry: Registry,
  { call, source, id }: Order,
): Promise<{ readonly model: Model; readonly files: readonly FetchedFile[] }> {
  if (source.kind === "directory") {
    return { model: await registry.addModel(id, source.directory), files: [] };
  }
  await requireFree(registry, id);
  const directory = downloadDirectory(registry.dataDirectory, source.hub);
  let isToBeContinued = false;
  try {
    const files = await fetchWithProgress(call, source.hub, directory);
    return { model: await registry.addModel(id, directory), files };
  } catch (error) {
    // Where the network or the disk failed, what has been fetched is good for the next try.
    isToBeContinued = error instanceof AppError && TEMPORARY.includes(error.code);
    throw error;
  } finally {
    if (!isToBeContinued) rmSync(directory, { recursive: true, force: true });
  }
}

const TEMPORARY: readonly ErrorCode[] = ["unavailable", "io_failed"];

async function openFor({
  config,
  options,
}: Call<{ readonly untrained?: boolean }>): Promise<Registry> {
  if (options.untrained !== true) {
    const { openDataDirectory } = await import("../app.ts");
    return openDataDirectory(config);
  }
  const { openRegistry } = await import("../registry/index.ts");
  return openRegistry(config.data.directory, { validate: requireTrainable });
}

/** What pre-training needs of a directory: a configuration that is supported, and a tokenizer. */
async function requireTrainable(directory: string): Promise<OpenedModel> {
  const { maskedLanguageModel } = await import("../models/index.ts");
  const { openTokenizer } = await import("../tasks/fill-mask/index.ts");
  maskedLanguageModel(readModelConfig(directory));
  openTokenizer(readTokenizerFiles(directory));
  return { kind: "fill-mask" };
}

/** An id that is taken should be told before gigabytes are fetched. */
async function requireFree(registry: Registry, id: string): Promise<void> {
  const models = await registry.listModels();
  if (models.every((model) => model.id !== id)) return;
  throw new AppError(
    "conflict",
    `There is a model "${id}" already. Choose another id with --id, or remove that one first.`,
    { details: { model: id } },
  );
}

function downloadDirectory(dataDirectory: string, { hub, repo, revision }: HubSource): string {
  const name = [hub, ...repo.split("/"), revision].join("--").replaceAll("/", "-");
  return path.join(dataDirectory, "downloads", name);
}

async function fetchWithProgress(
  { config, terminal }: Call<object>,
  hub: HubSource,
  directory: string,
): Promise<readonly FetchedFile[]> {
  const progress = startProgress(terminal, `fetching ${hub.repo}`);
  try {
    return await fetchModel(hub, {
      access: {
        mirror: mirrorOf(config, hub),
        redirectHosts: config.models.redirectHosts,
      },
      directory,
      weightsBytesMax: config.models.maxDownloadBytes,
      onProgress: (file, done, total) => {
        const percent = total === undefined ? 0 : Math.floor((100 * done) / total);
        progress.update(percent, 100, `${file}, ${formatBytes(done)}`);
      },
    });
  } finally {
    progress.end();
  }
}

function mirrorOf({ models }: Config, { hub }: HubSource): string {
  return hub === "hf" ? models.mirror : models.modelscopeMirror;
}
