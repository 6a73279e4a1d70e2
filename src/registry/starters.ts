// The models that ship with this package and their way into a data directory: all of them into a
// new one, a newer one as a further version. That waits for the end of a release, which would go
// back to another version than it began with. One that its owner removed does not come back.

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { fingerprintOf, storeFiles, type StoredFiles } from "./files.ts";
import {
  insertModel,
  insertVersion,
  saveFingerprint,
  selectFingerprint,
  selectModel,
  setStable,
  type Db,
} from "./stores/queries.ts";
import { selectReleaseUnderWay } from "./stores/release-queries.ts";
import type { Store } from "./stores/sqlite.ts";

interface Destination {
  readonly store: Store;
  readonly versionsRoot: string;
}

/** Brings the starters in; cheap when nothing is new. A directory that is not there has none. */
export async function storeStarters(starters: string, into: Destination): Promise<void> {
  for (const id of existsSync(starters) ? (await readdir(starters)).sort() : []) {
    const source = path.join(starters, id);
    if (!existsSync(path.join(source, "config.json"))) continue;
    const fingerprint = await fingerprintOf(source);
    if ((await selectFingerprint(into.store.db, id)) === fingerprint) continue;
    if (await isMoving(into.store.db, id)) continue;
    const files = await storeFiles(source, into.versionsRoot);
    await into.store.transact(async (db) => {
      // One that has begun meanwhile, in another process.
      if (await isMoving(db, id)) return;
      await storeStarter(db, id, files);
      await saveFingerprint(db, id, fingerprint);
    });
  }
}

async function isMoving(db: Db, id: string): Promise<boolean> {
  return (await selectReleaseUnderWay(db, id)) !== undefined;
}

async function storeStarter(db: Db, id: string, files: StoredFiles): Promise<void> {
  const createdAt = new Date().toISOString();
  const present = await selectModel(db, id);
  if (present === undefined) {
    const wasRemoved = (await selectFingerprint(db, id)) !== undefined;
    if (wasRemoved) return;
    await insertModel(db, { id, kind: "fill-mask", createdAt });
  } else if (present.versions.some((version) => version.key === files.key)) {
    return;
  }
  const added = await insertVersion(db, { model: id, origin: "shipped", createdAt, ...files });
  const stable = present?.versions.find((version) => version.version === present.stable);
  if (stable?.origin === "shipped") await setStable(db, id, added.version);
}
