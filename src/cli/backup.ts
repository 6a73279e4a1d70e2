// whetstone backup and restore: the whole data directory, out and in again.

import path from "node:path";
import type { Command } from "commander";
import type { BackupSummary } from "../registry/index.ts";
import { noteAct } from "./audit.ts";
import { setAction } from "./command-line.ts";
import { formatBytes } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface RestoreOptions {
  readonly replace?: boolean;
}

const BACKUP_HELP = `
A backup is a directory with a copy of the database, the files of all versions, suites, training
runs, and manifest.json with the SHA-256 of each. Caches, checkpoints of unfinished runs and the
predictions of the last day stay out. A server may run meanwhile.

Examples:
  whetstone backup
  whetstone backup /mnt/backups/whetstone-monday`;

const RESTORE_HELP = `
Everything is checked against its SHA-256 first; a damaged backup changes nothing. The server must
not run.

Examples:
  whetstone restore whetstone-backup-20260105T080000Z --data ./data
  whetstone restore /mnt/backups/whetstone-monday --replace`;

/** Adds the commands to `program`. */
export function addBackup(program: Command, terminal: Terminal): void {
  const backup = program
    .command("backup")
    .summary("copy the data directory to a new directory")
    .description("Copies the data directory to a new directory that `restore` takes.")
    .argument("[directory]", "where to (default: whetstone-backup-TIME in this directory)")
    .addHelpText("after", BACKUP_HELP);
  setAction<object>(backup, terminal, async (call, directory) => {
    const { backUp, openRegistry } = await import("../registry/index.ts");
    const { directory: data } = call.config.data;
    const summary = await backUp(data, directory ?? defaultName(new Date()));
    {
      await using registry = await openRegistry(data);
      await noteAct(registry, "backup", path.basename(summary.backup));
    }
    call.print({ json: summary, text: `${summary.backup}: ${described(summary)}` });
  });

  const restoring = program
    .command("restore")
    .summary("make the data directory from a backup")
    .description("Makes the data directory from a backup.")
    .argument("<directory>", "what `backup` made")
    .option("--replace", "also when the data directory has something in it, which then goes")
    .addHelpText("after", RESTORE_HELP);
  setAction<RestoreOptions>(restoring, terminal, async (call, directory = "") => {
    const { openRegistry, restore } = await import("../registry/index.ts");
    const { replace: isReplacing = false } = call.options;
    const data = path.resolve(call.config.data.directory);
    const summary = await restore(directory, data, { isReplacing });
    {
      await using registry = await openRegistry(data);
      await noteAct(registry, "restore", `as of ${summary.createdAt}`);
    }
    call.print({
      json: { data, ...summary },
      text: `${data} restored as of ${summary.createdAt}: ${described(summary)}`,
    });
  });
}

/** "whetstone-backup-20260105T080000Z" */
function defaultName(now: Date): string {
  return `whetstone-backup-${now.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
}

function described({ fileCount, sizeBytes }: BackupSummary): string {
  return `${fileCount} files, ${formatBytes(sizeBytes)}`;
}
