// Staged forms of versions as files: whether they are what was written. What is in them is known to
// those who make them; one that is removed is made again when its version is next opened.

import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { isDerivedWhole } from "../integrity/index.ts";

/**
 * Reads the forms of the versions with these keys, all of them or only those that have not been
 * read since the machine was started, and removes those that are damaged. Gives the keys of their
 * versions.
 */
export async function removeDamagedForms(
  stagedRoot: string,
  keys: Iterable<string>,
  { isFull }: { readonly isFull: boolean },
): Promise<readonly string[]> {
  const damaged = new Set<string>();
  // Files that versions share are read once.
  const known = new Map<string, string>();
  for (const key of keys) {
    const names = await readdir(path.join(stagedRoot, key)).catch(() => []);
    for (const name of names.filter((each) => !each.startsWith("."))) {
      const form = path.join(stagedRoot, key, name);
      if (await isDerivedWhole(form, { isFull, known })) continue;
      await rm(form, { recursive: true, force: true });
      damaged.add(key);
    }
  }
  return [...damaged];
}
