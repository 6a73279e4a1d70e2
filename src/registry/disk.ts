// Disk space as the disk counts it: a file with several names once.

import { readdir, statfs, lstat } from "node:fs/promises";
import path from "node:path";
import type { DiskResponse } from "../wire/index.ts";
import type { Leftover } from "./clean.ts";
import { activationsIn, downloadsIn, stagedIn, versionsIn } from "./data-directory.ts";
import type { Cleaned, Model } from "./types.ts";

/** What a data directory takes. */
export type DiskUse = DiskResponse;

interface Names {
  readonly sizeBytes: number;
  /** How many names it has on the disk, and how many of them were found. */
  readonly linkCount: number;
  readonly foundCount: number;
}

/** The files below directories, by inode; what is missing or goes meanwhile counts nothing. */
async function filesBelow(directories: Iterable<string>): Promise<ReadonlyMap<string, Names>> {
  const found = new Map<string, Names>();
  const visit = async (place: string): Promise<void> => {
    const facts = await lstat(place).catch(() => undefined);
    if (facts?.isDirectory() === true) {
      for (const name of await readdir(place).catch(() => [])) await visit(path.join(place, name));
    }
    if (facts?.isFile() !== true) return;
    const inode = `${facts.dev} ${facts.ino}`;
    const foundCount = (found.get(inode)?.foundCount ?? 0) + 1;
    found.set(inode, { sizeBytes: facts.size, linkCount: facts.nlink, foundCount });
  };
  for (const directory of directories) await visit(directory);
  return found;
}

/** What is taken below directories. */
async function bytesBelow(...directories: readonly string[]): Promise<number> {
  const files = await filesBelow(directories);
  return [...files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** What becomes free without these directories: files that have no other name. */
export async function bytesFreedWithout(directories: Iterable<string>): Promise<number> {
  const files = [...(await filesBelow(directories)).values()];
  const going = files.filter(({ linkCount, foundCount }) => foundCount >= linkCount);
  return going.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** What a data directory with these models takes. */
export async function diskUseOf(dataDirectory: string, models: readonly Model[]): Promise<DiskUse> {
  const [versions, staged] = [versionsIn(dataDirectory), stagedIn(dataDirectory)];
  const shares: DiskUse["models"] = [];
  for (const { id: model, versions: all } of models) {
    const keys = [...new Set(all.map(({ key }) => key))];
    const bytesIn = (root: string): Promise<number> =>
      bytesBelow(...keys.map((key) => path.join(root, key)));
    shares.push({
      model,
      versionsBytes: await bytesIn(versions),
      stagedBytes: await bytesIn(staged),
    });
  }
  const parts = {
    versionsBytes: await bytesBelow(versions),
    stagedBytes: await bytesBelow(staged),
    downloadsBytes: await bytesBelow(downloadsIn(dataDirectory)),
    activationsBytes: await bytesBelow(activationsIn(dataDirectory)),
  };
  const named = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  // What changes while it is counted must not leave less than nothing.
  const otherBytes = Math.max(0, (await bytesBelow(dataDirectory)) - named);
  return { ...parts, otherBytes, freeBytes: await freeBytesOf(dataDirectory), models: shares };
}

/** Leftovers as a report has them. */
export async function withSizes(leftovers: readonly Leftover[]): Promise<Cleaned["leftovers"]> {
  return Promise.all(
    leftovers.map(async ({ place, name, path: at }) => {
      return { place, name, sizeBytes: await bytesBelow(at) };
    }),
  );
}

/** What is free for this program on the disk of a directory. */
async function freeBytesOf(directory: string): Promise<number | null> {
  const facts = await statfs(directory).catch(() => undefined);
  return facts === undefined ? null : facts.bavail * facts.bsize;
}
