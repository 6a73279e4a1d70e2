// Disk space back from what nothing needs: files of dispensable versions, and what processes that
// were killed have left behind.

import { readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { isAlive } from "../jobs/index.ts";

/** A directory that no version has may be one that is being added. */
const ORPHAN_AGE_MS = 24 * 3_600_000;
const KEY = /^[0-9a-f]{32}$/;
/** As `temporaryIn` names them: the process, and something random. */
const TEMPORARY = /^\.(\d+)-[0-9a-f]+\.tmp$/;

/** Where versions lie, under their keys, in the form that opens fastest. */
export function stagedIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "staged");
}

/** Where models lie on their way here: fetched from a hub, or unpacked from an archive. */
export function downloadsIn(dataDirectory: string): string {
  return path.join(path.resolve(dataDirectory), "downloads");
}

/** Deletes the directories of `keys`. */
export async function removeDirectories(root: string, keys: Iterable<string>): Promise<void> {
  for (const key of keys) await rm(path.join(root, key), { recursive: true, force: true });
}

/** Directories that no version has, neither now nor in a moment: they can go. */
export async function orphansIn(
  root: string,
  { known, nowMs }: { readonly known: ReadonlySet<string>; readonly nowMs: number },
): Promise<readonly string[]> {
  const orphans: string[] = [];
  for (const name of await readdir(root)) {
    const pid = TEMPORARY.exec(name)?.[1];
    const isLeft = pid !== undefined && !isAlive(Number(pid));
    const isUnknown = KEY.test(name) && !known.has(name);
    if (isLeft || (isUnknown && (await ageMs(path.join(root, name), nowMs)) > ORPHAN_AGE_MS)) {
      orphans.push(name);
    }
  }
  return orphans;
}

/** Staged forms of versions that are gone, and what killed processes left among the others. */
export async function strayIn(
  stagedRoot: string,
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const stray: string[] = [];
  for (const key of await namesIn(stagedRoot)) {
    if (!known.has(key)) stray.push(key);
    else
      for (const name of await namesIn(path.join(stagedRoot, key))) {
        const pid = TEMPORARY.exec(name)?.[1];
        if (pid !== undefined && !isAlive(Number(pid))) stray.push(path.join(key, name));
      }
  }
  return stray;
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}

async function ageMs(directory: string, nowMs: number): Promise<number> {
  const facts = await stat(directory).catch(() => undefined);
  return facts === undefined ? 0 : nowMs - facts.mtimeMs;
}
