// Backup and restore of a data directory. A backup is a directory: a copy of the store, the files
// of all versions in it, suites, training runs and what was learned from, and manifest.json, which
// has the hash of each. It is renamed into place when it is whole, and so is what is restored from
// it. Caches and checkpoints can be made again and stay out; so do predictions, which are kept for
// a day only.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { AppError, messageOf } from "../base/index.ts";
import {
  damagedBackup,
  readManifest,
  writeManifest,
  type BackedUpFile,
  type Manifest,
} from "./backup-manifest.ts";
import { FOLDERS, STORE } from "./data-directory.ts";
import { copyFile, isDirectory } from "./files.ts";
import { findServer } from "./server-file.ts";
import { copySqliteStore, openSqliteStore } from "./stores/sqlite.ts";

/** Of small files. A run's samples come before the run, which says whether they matter. */
const SMALL = [FOLDERS.suites, FOLDERS.learned, FOLDERS.training];

export interface BackupSummary {
  /** Absolute path of the backup. */
  readonly backup: string;
  readonly createdAt: string;
  readonly fileCount: number;
  readonly sizeBytes: number;
}

/**
 * Copies a data directory to a new directory `backup`, also beside a running server.
 *
 * @throws AppError `not_found` without a data directory, `conflict` when `backup` is there already
 *   or a version was removed meanwhile, `io_failed`.
 */
export async function backUp(
  dataDirectory: string,
  backup: string,
  now: () => string = () => new Date().toISOString(),
): Promise<BackupSummary> {
  const source = path.resolve(dataDirectory);
  const target = path.resolve(backup);
  if (!existsSync(path.join(source, STORE))) throw noData(source);
  if (existsSync(target)) throw isThere(target);
  return inPlaceOf(target, async (temporary) => {
    const createdAt = now();
    const copy = async (name: string): Promise<BackedUpFile> => {
      return copied(path.join(source, name), path.join(temporary, name), name);
    };
    const files: BackedUpFile[] = [];
    for (const folder of SMALL) {
      const names = await filesUnder(source, folder);
      for (const name of names.toSorted().toReversed()) {
        const isGone = !existsSync(path.join(source, name));
        if (!isGone && /\.jsonl?$/.test(name)) files.push(await copy(name));
      }
    }
    const store = path.join(temporary, STORE);
    const keys = await copySqliteStore(path.join(source, STORE), `${store}.tmp`);
    files.push(await copied(`${store}.tmp`, store, STORE));
    await rm(`${store}.tmp`);
    for (const key of keys) {
      const names = await filesUnder(source, path.join(FOLDERS.versions, key));
      if (names.length === 0) throw versionIsGone(key);
      for (const name of names) files.push(await copy(name));
    }
    await writeManifest(temporary, { createdAt, files });
    return summaryOf(target, { createdAt, files });
  });
}

/**
 * Makes a data directory from a backup, once all of it has been found whole.
 *
 * @param isReplacing whether a data directory that has something in it may go
 * @throws AppError `not_found` for something that is no backup, `damaged_file`, `conflict` while a
 *   server runs on the data directory or when it is not empty, `io_failed`; nothing has changed
 *   then.
 */
export async function restore(
  backup: string,
  dataDirectory: string,
  { isReplacing = false }: { readonly isReplacing?: boolean } = {},
): Promise<BackupSummary> {
  const source = path.resolve(backup);
  const target = path.resolve(dataDirectory);
  const manifest = await readManifest(source);
  const server = await findServer(target);
  if (server !== undefined) throw isServed(target, server.url);
  const isEmpty = !existsSync(target) || (await readdir(target)).length === 0;
  if (!isEmpty && !isReplacing) throw isNotEmpty(target);
  return inPlaceOf(target, async (temporary) => {
    const present = new Set(await filesUnder(source, ""));
    for (const expected of manifest.files) {
      const { name, sha256 } = expected;
      // Only what was seen in the directory is opened, wherever the name would lead.
      if (!present.has(name)) throw damagedBackup(source, `${name} is missing`);
      const seen = await copied(path.join(source, name), path.join(temporary, name), name);
      if (seen.sha256 !== sha256) throw damagedBackup(source, `${name} has changed`);
    }
    const store = await openSqliteStore(path.join(temporary, STORE));
    await store.close();
    return summaryOf(source, manifest);
  });
}

/**
 * Fills a directory beside `target` and puts it there in one step; what was there goes. After an
 * error, and after a kill, `target` is as it was.
 */
async function inPlaceOf<T>(target: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const suffix = `${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  const sibling = (what: string): string =>
    path.join(path.dirname(target), `.${path.basename(target)}.${what}${suffix}`);
  const temporary = sibling("");
  const aside = sibling("old-");
  try {
    await mkdir(temporary, { recursive: true });
    const result = await fill(temporary);
    const isReplacing = await isDirectory(target);
    if (isReplacing) await rename(target, aside);
    try {
      await rename(temporary, target);
    } catch (error) {
      if (isReplacing) await rename(aside, target);
      throw error;
    }
    await rm(aside, { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof AppError) throw error;
    throw new AppError(
      "io_failed",
      `Writing ${target} failed: ${messageOf(error)}. Check free space and permissions, and that ` +
        "it is no mount point; what was there before is unchanged.",
      { cause: error },
    );
  }
}

async function copied(source: string, target: string, name: string): Promise<BackedUpFile> {
  await mkdir(path.dirname(target), { recursive: true });
  const sha256 = await copyFile(source, target);
  return { name, sizeBytes: (await stat(target)).size, sha256 };
}

/** Files below a folder of `root`, by their names inside `root`; hidden ones and links left out. */
async function filesUnder(root: string, folder: string): Promise<string[]> {
  const directory = path.join(root, folder);
  if (!(await isDirectory(directory))) return [];
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(({ parentPath, name }) => path.relative(root, path.join(parentPath, name)))
    .map((name) => name.split(path.sep).join("/"));
}

function summaryOf(backup: string, { createdAt, files }: Manifest): BackupSummary {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return { backup, createdAt, fileCount: files.length, sizeBytes };
}

function noData(directory: string): AppError {
  return new AppError(
    "not_found",
    `There is no data directory at ${directory}: it has no ${STORE}. Name it with --data DIR.`,
  );
}

function isThere(target: string): AppError {
  return new AppError(
    "conflict",
    `${target} is there already; a backup is a new directory. Choose another name.`,
  );
}

function versionIsGone(key: string): AppError {
  return new AppError(
    "conflict",
    `The files of a version (${key}) were removed while the backup was made; make it again.`,
  );
}

function isServed(directory: string, url: string): AppError {
  return new AppError(
    "conflict",
    `The server at ${url} uses the data directory ${directory}. Stop it first.`,
    { details: { url } },
  );
}

function isNotEmpty(directory: string): AppError {
  return new AppError(
    "conflict",
    `The data directory ${directory} is not empty; all that is in it would go. ` +
      "Name another one with --data DIR, or say --replace.",
  );
}
