// Rows ↔ the registry's types. Whole numbers of versions are strings outside and integers inside,
// so that they sort.

import type { Kysely, Selectable } from "kysely";
import { required } from "../../base/index.ts";
import type {
  Model,
  ModelKind,
  Version,
  VersionFacts,
  VersionOrigin,
  VersionState,
} from "../types.ts";
import { selectAliases } from "./alias-queries.ts";
import type { Tables } from "./schema.ts";

export type Db = Kysely<Tables>;

export interface NewVersion extends VersionFacts {
  readonly model: string;
  readonly origin: VersionOrigin;
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly createdAt: string;
}

export interface NewModel {
  readonly id: string;
  readonly kind: ModelKind;
  readonly createdAt: string;
}

/** All models by id, each with its versions from oldest to newest. */
export async function selectModels(db: Db): Promise<readonly Model[]> {
  const models = await db.selectFrom("models").selectAll().orderBy("id").execute();
  const versions = await db.selectFrom("versions").selectAll().orderBy("version").execute();
  const aliases = await selectAliases(db);
  return models.map((row) => ({
    id: row.id,
    kind: row.kind as ModelKind,
    createdAt: row.created_at,
    stable: String(row.stable),
    aliases: aliases
      .filter(({ model }) => model === row.id)
      .map(({ name, version }) => ({ name, version })),
    versions: versions.filter((version) => version.model === row.id).map(versionOf),
  }));
}

/** False when there is a model of this id. Its stable version is "1", which is to be added next. */
export async function insertModel(db: Db, model: NewModel): Promise<boolean> {
  const { id, kind, createdAt } = model;
  const found = await db.selectFrom("models").select("id").where("id", "=", id).executeTakeFirst();
  if (found !== undefined) return false;
  await db.insertInto("models").values({ id, kind, created_at: createdAt, stable: 1 }).execute();
  return true;
}

/** Adds the next version of a model. */
export async function insertVersion(db: Db, added: NewVersion): Promise<Version> {
  const { last } = await db
    .selectFrom("versions")
    .select((e) => e.fn.max("version").as("last"))
    .where("model", "=", added.model)
    .executeTakeFirstOrThrow();
  const row = {
    model: added.model,
    version: (last ?? 0) + 1,
    state: added.state ?? "ready",
    origin: added.origin,
    key: added.key,
    sha256: added.sha256,
    size_bytes: added.sizeBytes,
    created_at: added.createdAt,
    parent: added.parent === undefined ? null : Number(added.parent),
    metrics: JSON.stringify(added.metrics ?? {}),
  };
  await db.insertInto("versions").values(row).execute();
  return versionOf(row);
}

export async function setStable(db: Db, id: string, version: string): Promise<void> {
  await db
    .updateTable("models")
    .set({ stable: Number(version) })
    .where("id", "=", id)
    .execute();
}

export async function selectModel(db: Db, id: string): Promise<Model | undefined> {
  return (await selectModels(db)).find((model) => model.id === id);
}

/** Whether some version has these files. */
export async function isKeyUsed(db: Db, key: string): Promise<boolean> {
  const query = db.selectFrom("versions").select("model").where("key", "=", key);
  return (await query.where("state", "!=", "cleaned").executeTakeFirst()) !== undefined;
}

/** Says that the files of a version are gone. */
export async function markCleaned(
  db: Db,
  { model, version }: Pick<Version, "model" | "version">,
): Promise<void> {
  await db
    .updateTable("versions")
    .set({ state: "cleaned", size_bytes: 0 })
    .where("model", "=", model)
    .where("version", "=", Number(version))
    .execute();
}

/** What a shipped model looked like when it was last stored. */
export async function selectFingerprint(db: Db, id: string): Promise<string | undefined> {
  const query = db.selectFrom("starters").select("fingerprint").where("model", "=", id);
  return (await query.executeTakeFirst())?.fingerprint;
}

export async function saveFingerprint(db: Db, id: string, fingerprint: string): Promise<void> {
  await db
    .insertInto("starters")
    .values({ model: id, fingerprint })
    .onConflict((conflict) => conflict.column("model").doUpdateSet({ fingerprint }))
    .execute();
}

function versionOf(row: Selectable<Tables["versions"]>): Version {
  return {
    model: row.model,
    version: String(row.version),
    state: row.state as VersionState,
    origin: row.origin as VersionOrigin,
    key: row.key,
    sha256: row.sha256,
    sizeBytes: row.size_bytes,
    createdAt: row.created_at,
    parent: row.parent === null ? null : String(row.parent),
    metrics: required(JSON.parse(row.metrics) as Record<string, unknown> | null, "metrics"),
  };
}
