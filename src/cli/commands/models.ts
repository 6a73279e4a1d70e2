// whetstone models list | show | add | remove

import path from "node:path";
import { openDataDirectory } from "../../app.ts";
import { AppError } from "../../base/index.ts";
import type { Model } from "../../registry/index.ts";
import type { CommandContext } from "../context.ts";
import { textOption } from "../values.ts";

export async function listModels(context: CommandContext): Promise<void> {
  await using registry = await openDataDirectory(context.config);
  const models = await registry.listModels();
  context.answer({ models }, () => models.map(printModel).join("\n") || "no models");
}

export async function showModel(context: CommandContext, id: string): Promise<void> {
  await using registry = await openDataDirectory(context.config);
  const model = await registry.showModel(id);
  context.answer(model, printModel);
}

export async function addModel(context: CommandContext, source: string): Promise<void> {
  const directory = directoryOf(source);
  await using registry = await openDataDirectory(context.config);
  const id = textOption(context.options["id"]) ?? path.basename(path.resolve(directory));
  const model = await registry.addModel(id, directory);
  context.answer(model, printModel);
}

export async function removeModel(context: CommandContext, id: string): Promise<void> {
  await using registry = await openDataDirectory(context.config);
  await registry.removeModel(id);
  context.answer({ removed: id }, () => `removed ${id}`);
}

/** `file:DIR` or `DIR`. */
function directoryOf(source: string): string {
  const scheme = /^([a-z]+):/i.exec(source)?.[1]?.toLowerCase();
  if (scheme === undefined) return source;
  if (scheme === "file") return source.slice("file:".length).replace(/^\/\/(?=\/)/, "");
  throw new AppError(
    "usage",
    `cannot add from ${scheme}:; expected file:DIRECTORY or a directory. ` +
      "Download the model and name its directory",
  );
}

function printModel(model: Model): string {
  const lines = model.versions.map(({ version, origin, state, sizeBytes, createdAt }) => {
    const standing = (version === model.stable ? "stable" : state).padEnd(8);
    const megabytes = `${(sizeBytes / 1e6).toFixed(1)} MB`.padStart(10);
    return `  ${version.padStart(3)}  ${standing} ${origin.padEnd(8)} ${megabytes}  ${createdAt}`;
  });
  return [`${model.id}  (${model.kind})`, ...lines].join("\n");
}
