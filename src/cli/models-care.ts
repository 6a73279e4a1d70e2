// whetstone models alias, verify, disk and clean: other names for versions, whether files are
// whole, what they take of the disk, and that space back from what nobody needs.

import type { Command } from "commander";
import { AppError } from "../base/index.ts";
import type { Cleaned, DiskUse } from "../registry/index.ts";
import { modelId, reference, wholeNumber } from "./arguments.ts";
import { noteAct } from "./audit.ts";
import { setAction, type Call } from "./command-line.ts";
import { checkArguments, optionParser } from "./failure.ts";
import { formatBytes, formatTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface AliasOptions {
  readonly remove?: boolean;
}

interface CleanOptions {
  readonly keep?: number;
  readonly dryRun?: boolean;
}

const KEEP_DEFAULT = 5;
const KEEP_MAX = 100_000;

const CLEAN_HELP = `
Files stay of versions that are stable, that the running server answers with, that an alias names,
that are among the newest, and that one which stays is based on or was trained from. What is known
of a version, its archive, stays always. What killed programs, broken fetches, and commands that
trained and were stopped have left goes too, when it is a day old. A server does the same by itself
with the setting cleaning.schedule.

Examples:
  whetstone models clean --dry-run
  whetstone models clean starter-cloze --keep 3`;

/** Adds the commands to `models`. */
export function addCare(models: Command, terminal: Terminal): void {
  const alias = models
    .command("alias")
    .description("Gives a model or a version another name, or takes the name away.")
    .argument("<name>", "the other name")
    .argument("[id[@v]]", "what it stands for; without @V whatever is stable")
    .option("--remove", "take the name away");
  setAction<AliasOptions>(alias, terminal, setAlias);

  const verify = models
    .command("verify")
    .description(
      "Reads all files of a version, staged ones too, and compares them with their SHA-256.",
    )
    .argument("<id[@v]>", "a version; the stable one when none is named");
  setAction(verify, terminal, verifyVersion);

  const disk = models
    .command("disk")
    .description("Shows what versions, staged forms, downloads and activations take of the disk.");
  setAction(disk, terminal, showDisk);

  const clean = models
    .command("clean")
    .summary("delete the files of old versions that nothing needs")
    .description("Deletes the files of old versions that nothing needs.")
    .argument("[id]", "a model; all when none is named")
    .option(
      "--keep <n>",
      `how many of the newest stay of each model (default: ${KEEP_DEFAULT})`,
      optionParser(wholeNumber(1, KEEP_MAX)),
    )
    .option("--dry-run", "only say what would go")
    .addHelpText("after", CLEAN_HELP);
  setAction<CleanOptions>(clean, terminal, cleanVersions);
}

async function setAlias(call: Call<AliasOptions>, name = "", target?: string): Promise<void> {
  const isRemoval = call.options.remove === true;
  checkArguments(() => {
    modelId(name);
    if (target !== undefined) reference(target);
    if (isRemoval === (target === undefined)) return;
    throw new AppError("usage", "Expected what the name stands for, or --remove, one of the two.");
  });
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  if (target === undefined) {
    await registry.removeAlias(name);
    await noteAct(registry, "alias.remove", name);
    call.print({ json: { removed: name }, text: `removed ${name}` });
    return;
  }
  await registry.setAlias(name, target);
  await noteAct(registry, "alias.set", `${name} → ${target}`);
  call.print({ json: { alias: name, target }, text: `${name} stands for ${target}` });
}

async function verifyVersion(call: Call<object>, argument = ""): Promise<void> {
  const name = checkArguments(() => reference(argument));
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const { id, version, wasStagedWhole } = await registry.verify(name);
  const whole = `all files of ${id}@${version} are what was stored`;
  const text = wasStagedWhole
    ? whole
    : `${whole}, but its staged form was not; it has been removed, and is made again when the ` +
      "version is next opened. A server that answers with it should be started anew.";
  call.print({ json: { model: id, version, isWhole: true, wasStagedWhole }, text });
}

async function showDisk(call: Call<object>): Promise<void> {
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const use = await registry.diskUse();
  call.print({ json: { disk: use }, text: describeDisk(use) });
}

function describeDisk(use: DiskUse): string {
  const size = { title: "size", align: "right" as const };
  const models = use.models.map(({ model, versionsBytes, stagedBytes }) => {
    return [model, formatBytes(versionsBytes), formatBytes(stagedBytes)];
  });
  const parts = [
    ["versions", formatBytes(use.versionsBytes)],
    ["staged forms", formatBytes(use.stagedBytes)],
    ["downloads", formatBytes(use.downloadsBytes)],
    ["activations", formatBytes(use.activationsBytes)],
    ["all else", formatBytes(use.otherBytes)],
    ["free on the disk", use.freeBytes === null ? "–" : formatBytes(use.freeBytes)],
  ];
  const titles = [{ title: "model" }, { ...size, title: "versions" }, { ...size, title: "staged" }];
  return [formatTable(titles, models), formatTable([{ title: "disk" }, size], parts)].join("\n\n");
}

async function cleanVersions(call: Call<CleanOptions>, argument?: string): Promise<void> {
  const id = argument === undefined ? undefined : checkArguments(() => modelId(argument));
  const { keep = KEEP_DEFAULT, dryRun: isDryRun = false } = call.options;
  const { openDataDirectory } = await import("../configured.ts");
  await using registry = await openDataDirectory(call.config);
  const cleaned = await registry.clean({ id, keep, isDryRun });
  if (!isDryRun && cleaned.versions.length + cleaned.leftovers.length > 0) {
    const names = cleaned.versions.map(({ model, version }) => `${model}@${version}`);
    await noteAct(registry, "version.clean", names.join(" ") || "leftovers");
  }
  call.print({ json: { ...cleaned, isDryRun }, text: describe(cleaned, isDryRun) });
}

function describe({ versions, leftovers, freedBytes }: Cleaned, isDryRun: boolean): string {
  const going = versions.map(({ model, version, sizeBytes }) => {
    return [`${model}@${version}`, formatBytes(sizeBytes)];
  });
  const left = leftovers.map(({ place, name, sizeBytes }) => {
    return [`left over: ${place}/${name}`, formatBytes(sizeBytes)];
  });
  const rows = [...going, ...left];
  if (rows.length === 0) return "nothing to clean up";
  const titles = [{ title: "what" }, { title: "size", align: "right" as const }];
  const verb = isDryRun ? "would free" : "freed";
  return [formatTable(titles, rows), `${verb} ${formatBytes(freedBytes)}`].join("\n\n");
}
