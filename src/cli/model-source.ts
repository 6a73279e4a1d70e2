// Where `models add` takes a model, or a version of one, from.

import { rmSync } from "node:fs";
import path from "node:path";
import { AppError, type ErrorCode } from "../base/index.ts";
import {
  fetchModel,
  isArchiveName,
  parseHubSource,
  readModelConfig,
  readTokenizerFiles,
  unpackArchive,
  type FetchedFile,
  type HubSource,
} from "../checkpoint/index.ts";
import type { Config } from "../config/index.ts";
import type { Model, OpenedModel, Registry, Version } from "../registry/index.ts";
import { quoted } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import type { Call } from "./command-line.ts";
import { startProgress } from "./progress.ts";
import { formatBytes } from "./table.ts";

export type ModelSource =
  | { readonly kind: "directory"; readonly directory: string; readonly suggestedId: string }
  | { readonly kind: "archive"; readonly file: string; readonly suggestedId: string }
  | { readonly kind: "hub"; readonly hub: HubSource; readonly suggestedId: string };

/** Reads SOURCE; throws `invalid_input` for what cannot be one. */
export function describeSource(text: string): ModelSource {
  const hub = parseHubSource(text);
  if (hub !== undefined) {
    return { kind: "hub", hub, suggestedId: idFrom(hub.repo.split("/").at(-1) ?? "") };
  }
  const place = text.startsWith("file:") ? text.slice("file:".length) : text;
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(place)?.[1];
  if (place.trim() === "" || place.includes("\0") || scheme !== undefined) {
    throw new AppError(
      "invalid_input",
      `The source is ${quoted(text)}; expected a directory, an archive, file:PATH, ` +
        "hf:OWNER/NAME or modelscope:OWNER/NAME.",
    );
  }
  const resolved = path.resolve(place);
  const name = path.basename(resolved);
  if (isArchiveName(name)) {
    const suggestedId = idFrom(name.replace(/\.(zip|tar|tgz|tar\.gz)$/i, ""));
    return { kind: "archive", file: resolved, suggestedId };
  }
  if (/\.(7z|rar|tbz2?|txz|tar\.\w+)$/i.test(name)) {
    throw new AppError(
      "invalid_input",
      `The source is the archive ${quoted(place)}; expected .tar, .tar.gz, .tgz or .zip. ` +
        "Unpack it and give its directory.",
    );
  }
  return { kind: "directory", directory: resolved, suggestedId: idFrom(name) };
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
): Promise<Added & { readonly model: Model }> {
  await using registry = await openFor(call);
  const { stored: model, files } = await bringIn(registry, {
    call,
    source,
    // An id that is taken should be told before gigabytes are fetched.
    requireFit: () => registry.requireFreeId(id),
    store: (directory, signal) => registry.addModel(id, directory, signal),
  });
  await noteAct(registry, "model.add", `${id}@1`);
  return { model, files };
}

/** Brings the next version of model `id` in: whole weights, or a patch for one that it has. */
export async function addVersion(
  call: Call<object>,
  source: ModelSource,
  id: string,
): Promise<Added & { readonly model: Model; readonly version: Version }> {
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const { stored: version, files } = await bringIn(registry, {
    call,
    source,
    requireFit: async () => void (await registry.showModel(id)),
    store: (directory, signal) => registry.addVersion(id, directory, { origin: "added" }, signal),
  });
  await noteAct(registry, "version.add", `${id}@${version.version}`);
  return { model: await registry.showModel(id), version, files };
}

interface Added {
  /** What was fetched from a hub. */
  readonly files: readonly FetchedFile[];
}

interface Order<T> {
  readonly call: Call<object>;
  readonly source: ModelSource;
  /** Throws where `store` would whatever the source has in it. */
  readonly requireFit: () => Promise<void>;
  /** Puts a directory into the registry. */
  readonly store: (directory: string, signal: AbortSignal) => Promise<T>;
}

async function bringIn<T>(
  registry: Registry,
  order: Order<T>,
): Promise<Added & { readonly stored: T }> {
  const { call, source, requireFit, store } = order;
  if (source.kind === "directory") {
    const { directory } = source;
    return {
      stored: await untilInterrupted(call, (signal) => store(directory, signal)),
      files: [],
    };
  }
  await requireFit();
  return source.kind === "hub"
    ? bringFromHub(registry, order, source.hub)
    : { stored: await bringFromArchive(registry, order, source.file), files: [] };
}

async function bringFromArchive<T>(
  registry: Registry,
  { call, store }: Order<T>,
  file: string,
): Promise<T> {
  const { downloadsIn, temporaryIn } = await import("../registry/index.ts");
  const directory = temporaryIn(downloadsIn(registry.dataDirectory));
  try {
    return await untilInterrupted(call, async (signal) => {
      const unpacked = await unpackWithProgress(call, { file, directory, signal });
      return store(unpacked, signal);
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function bringFromHub<T>(
  registry: Registry,
  { call, store }: Order<T>,
  hub: HubSource,
): Promise<Added & { readonly stored: T }> {
  const directory = await downloadDirectory(registry.dataDirectory, hub);
  let isToBeContinued = false;
  try {
    const files = await fetchWithProgress(call, hub, directory);
    const stored = await untilInterrupted(call, (signal) => store(directory, signal));
    return { stored, files };
  } catch (error) {
    // Where the network or the disk failed, what has been fetched is good for the next try.
    isToBeContinued = error instanceof AppError && TEMPORARY.includes(error.code);
    throw error;
  } finally {
    if (!isToBeContinued) rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs something that Ctrl-C takes back; a second one ends the program as ever. */
async function untilInterrupted<T>(
  { terminal }: Call<object>,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const forget = terminal.onInterrupt(() => {
    forget();
    const what = "It was interrupted; nothing has been added.";
    controller.abort(new AppError("cancelled", what));
  });
  try {
    return await run(controller.signal);
  } finally {
    forget();
  }
}

const TEMPORARY: readonly ErrorCode[] = ["unavailable", "io_failed", "cancelled"];

async function openFor({
  config,
  options,
}: Call<{ readonly untrained?: boolean }>): Promise<Registry> {
  if (options.untrained !== true) {
    const { openDataDirectory } = await import("../configured.ts");
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

async function downloadDirectory(
  dataDirectory: string,
  { hub, repo, revision }: HubSource,
): Promise<string> {
  const { downloadsIn } = await import("../registry/index.ts");
  const name = [hub, ...repo.split("/"), revision].join("--").replaceAll("/", "-");
  return path.join(downloadsIn(dataDirectory), name);
}

async function unpackWithProgress(
  { config, terminal }: Call<object>,
  {
    file,
    directory,
    signal,
  }: { readonly file: string; readonly directory: string; readonly signal: AbortSignal },
): Promise<string> {
  const progress = startProgress(terminal, `unpacking ${path.basename(file)}`);
  try {
    return await unpackArchive(file, {
      directory,
      bytesMax: config.models.maxDownloadBytes,
      filesMax: config.models.maxArchiveFiles,
      onProgress: (name, done, total) => {
        const percent = total === 0 ? 100 : Math.floor((100 * done) / total);
        progress.update(percent, 100, `${name}, ${formatBytes(done)}`);
      },
      signal,
    });
  } finally {
    progress.end();
  }
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
