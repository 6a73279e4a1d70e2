// manifest.json of a backup: which files it has, with the hash of each. It is written last, so that
// a backup without one is not whole.

import { createHash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { AppError, messageOf } from "../base/index.ts";

const NAME = "manifest.json";
const FORMAT = "whetstone-backup-1";

export interface BackedUpFile {
  /** Inside the backup, with forward slashes. */
  readonly name: string;
  readonly sizeBytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

export interface Manifest {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly files: readonly BackedUpFile[];
}

export async function writeManifest(backup: string, manifest: Manifest): Promise<void> {
  const file = await open(path.join(backup, NAME), "wx");
  try {
    const seal = sealOf(manifest);
    await file.writeFile(`${JSON.stringify({ format: FORMAT, seal, ...manifest }, null, 1)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Throws `not_found` for a directory that is no backup, `damaged_file`. */
export async function readManifest(backup: string): Promise<Manifest> {
  const text = await readFile(path.join(backup, NAME), "utf8").catch((cause: unknown) => {
    throw new AppError(
      "not_found",
      `${backup} is no backup: it has no ${NAME}. Expected a directory that ` +
        "`whetstone backup` made.",
      { cause },
    );
  });
  let parsed: { format?: unknown; seal?: unknown } & Partial<Manifest>;
  try {
    parsed = JSON.parse(text) as typeof parsed;
  } catch (error) {
    throw damagedBackup(backup, `${NAME} is not JSON (${messageOf(error)})`);
  }
  const { format, seal, createdAt = "", files = [] } = parsed;
  if (format !== FORMAT) {
    const seen = JSON.stringify(format ?? null).slice(0, 80);
    throw damagedBackup(backup, `${NAME} has the format ${seen}, expected "${FORMAT}"`);
  }
  const manifest = { createdAt, files };
  if (seal !== sealOf(manifest)) throw damagedBackup(backup, `${NAME} has changed`);
  return manifest;
}

export function damagedBackup(backup: string, what: string): AppError {
  return new AppError(
    "damaged_file",
    `The backup ${backup} is damaged: ${what}. Nothing was restored; use another backup.`,
  );
}

/** What a manifest says, as one hash, so that a change in it is noticed too. */
function sealOf({ createdAt, files }: Manifest): string {
  return createHash("sha256")
    .update(JSON.stringify([createdAt, files]))
    .digest("hex");
}
