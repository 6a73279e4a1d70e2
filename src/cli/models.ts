// whetstone models: what is in the data directory, one more, one less, and how healthy each is.

import { formatPercent } from "../base/index.ts";
import { Option, type Command } from "commander";
import type { FetchedFile } from "../checkpoint/index.ts";
import type { Model, Version } from "../registry/index.ts";
import type { ModelSummary } from "../wire/index.ts";
import { modelId } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { addSettings, setAction, type Call } from "./command-line.ts";
import { ArgumentError, checkArguments, optionParser } from "./failure.ts";
import { addArchive } from "./models-archive.ts";
import { addCare } from "./models-care.ts";
import { addModel, addVersion, describeSource, type ModelSource } from "./model-source.ts";
import { formatBytes, formatMinute, formatTable } from "./table.ts";
import { say, type Terminal } from "./terminal.ts";

interface AddOptions {
  readonly id?: string;
  readonly versionOf?: string;
  readonly untrained?: boolean;
}

const ADD_HELP = `
Sources:
  DIR, file:DIR           a directory in the layout of Hugging Face: config.json, tokenizer.json or
                          vocab.txt, model.safetensors; or, where there is none, a plain
                          export onnx/model.onnx, which is converted and checked; with
                          --version-of also a patch, as versions/KEY of another data directory
  FILE.tar, .tar.gz, .tgz, .zip
                          an archive of such a directory; links in it are refused
  hf:OWNER/NAME           from Hugging Face or its mirror (setting models.mirror)
  modelscope:OWNER/NAME   from ModelScope or its mirror (setting models.modelscopeMirror)
  …@REVISION              a branch, tag or commit other than the newest

Examples:
  whetstone models add ./my-bert --id my-bert
  whetstone models add my-bert.tar.gz
  whetstone models add hf:google-bert/bert-base-chinese
  whetstone models add hf:google-bert/bert-base-chinese --models-mirror https://hf-mirror.com
  whetstone models add ./patch-from-elsewhere --version-of starter-cloze`;

/** Adds the commands to `program`. */
export function addModels(program: Command, terminal: Terminal): void {
  const models = program
    .command("models")
    .summary("list, add, show and remove models; archives, aliases and clean-up of versions")
    .description("The models of the data directory and their versions.");
  const listCommand = models.command("list").description("Lists all models.");
  setAction(listCommand, terminal, list);

  addAdd(models, terminal);

  const show = models
    .command("show")
    .description("Shows a model with all its versions.")
    .argument("<id>", "a model");
  setAction(show, terminal, showOne);

  const remove = models
    .command("remove")
    .description(
      "Removes a model for good: all its versions with their files, its own suites, and the " +
        "feedback on its answers with what was imported for it. `whetstone feedback export` " +
        "keeps the latter in a file.",
    )
    .argument("<id>", "a model");
  setAction(remove, terminal, removeOne);

  addArchive(models, terminal);
  addCare(models, terminal);
}

function addAdd(models: Command, terminal: Terminal): void {
  const add = models
    .command("add")
    .summary("add a model, or a version of one, from a directory, an archive or a hub")
    .description(
      "Adds a model as version 1, or the next version of a model, once it has been opened and " +
        "found to work. The stable version stays what it is.",
    )
    .argument("<source>", "a directory, an archive, hf:OWNER/NAME or modelscope:OWNER/NAME")
    .option("--id <id>", "its id here (default: made from the source)", optionParser(modelId))
    .option(
      "--version-of <id>",
      "add it as the next version of that model: whole weights, or a patch for one of its versions",
      optionParser(modelId),
    )
    .addOption(
      new Option("--untrained", "accept a directory without weights, to be pre-trained here"),
    )
    .addHelpText("after", ADD_HELP);
  addSettings(add, [
    "models.mirror",
    "models.modelscopeMirror",
    "models.redirectHosts",
    "models.maxDownloadBytes",
    "models.maxArchiveFiles",
  ]);
  setAction<AddOptions>(add, terminal, addOne);
}

async function addOne(call: Call<AddOptions>, argument = ""): Promise<void> {
  const source = checkArguments(() => describeSource(argument));
  const { id: named, versionOf, untrained } = call.options;
  if (versionOf !== undefined) {
    if (named === undefined && untrained !== true) return addNext(call, source, versionOf);
    throw new ArgumentError(
      "usage",
      "--version-of adds to a model that is there; leave --id and --untrained out.",
    );
  }
  const id = named ?? checkArguments(() => modelId(source.suggestedId));
  const { model, files } = await addModel(call, source, id);
  const [version] = model.versions;
  sayFetched(call, files);
  call.print({
    json: { models: [summaryOf(model)], ...(files.length > 0 ? { files } : {}) },
    text: `added ${id}@${version?.version}, ${formatBytes(version?.sizeBytes ?? 0)}`,
  });
}

async function addNext(call: Call<object>, source: ModelSource, id: string): Promise<void> {
  const { model, version, files } = await addVersion(call, source, id);
  const added = `${id}@${version.version}`;
  sayFetched(call, files);
  call.print({
    json: { added, models: [summaryOf(model)], ...(files.length > 0 ? { files } : {}) },
    text:
      `added ${added}, ${formatBytes(version.sizeBytes)}; version ${model.stable} stays stable. ` +
      `\`whetstone probes run ${added}\` measures it, \`whetstone deploy ${added}\` releases it ` +
      "on the running server, and so does its page under Versions.",
  });
}

function sayFetched({ terminal }: Call<object>, files: readonly FetchedFile[]): void {
  for (const { name, sizeBytes, sha256 } of files) {
    say(terminal, `fetched ${name}, ${formatBytes(sizeBytes)}, SHA-256 ${sha256}`);
  }
}

async function list(call: Call<object>): Promise<void> {
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const models = await registry.listModels();
  const rows = models.map(({ id, kind, stable, aliases, versions }) => {
    // Versions with the same files share them on disk.
    const sizes = new Map(versions.map(({ key, sizeBytes }) => [key, sizeBytes]));
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const names = aliases.map(
      ({ name, version }) => name + (version === null ? "" : `@${version}`),
    );
    const count = versions.filter(({ state }) => state !== "cleaned").length;
    return [id, kind, stable, String(count), formatBytes(bytes), names.join(" ")];
  });
  const titles = ["id", "kind", "stable", "versions", "size", "aliases"];
  const columns = titles.map((title) => ({ title }));
  const none = "There are no models; add one with `whetstone models add`.";
  call.print({
    json: { models: models.map(summaryOf) },
    text: models.length === 0 ? none : formatTable(columns, rows),
  });
}

async function showOne(call: Call<object>, argument = ""): Promise<void> {
  const id = checkArguments(() => modelId(argument));
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const model = await registry.showModel(id);
  const rows = model.versions.map((version) => [
    version.version === model.stable ? `${version.version} (stable)` : version.version,
    version.state,
    version.parent === null ? version.origin : `${version.origin} from ${version.parent}`,
    formatBytes(version.sizeBytes),
    formatMinute(version.createdAt),
    topOne(version),
    version.sha256.slice(0, 12),
  ]);
  const titles = ["version", "state", "origin", "size", "made (UTC)", "top-1", "SHA-256"];
  const table = formatTable(
    titles.map((title) => ({ title })),
    rows,
  );
  call.print({ json: { models: [summaryOf(model)] }, text: `${id} (${model.kind})\n\n${table}` });
}

async function removeOne(call: Call<object>, argument = ""): Promise<void> {
  const id = checkArguments(() => modelId(argument));
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  await registry.removeModel(id);
  await noteAct(registry, "model.remove", id);
  const left = await registry.listModels();
  call.print({ json: { removed: id, models: left.map(summaryOf) }, text: `removed ${id}` });
}

/** A model as `GET /api/models` has it: without where its files are. */
function summaryOf({ versions, aliases, ...model }: Model): ModelSummary {
  return {
    ...model,
    aliases: [...aliases],
    versions: versions.map(({ key: _key, model: _model, ...version }) => version),
  };
}

/** What a training run measured, where there was one. */
function topOne({ metrics }: Version): string {
  const after = metrics["after"];
  const isMeasured = typeof after === "object" && after !== null && "top1" in after;
  return isMeasured && typeof after.top1 === "number" ? formatPercent(after.top1) : "–";
}
