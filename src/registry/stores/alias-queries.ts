// Rows ↔ other names of models and versions; and the step that makes their table.

import type { Kysely } from "kysely";
import type { Alias } from "../types.ts";
import type { Db } from "./queries.ts";
import type { Tables } from "./schema.ts";

interface AliasesTable {
  name: string;
  model: string;
  /** null: whatever is stable. */
  version: number | null;
}

export interface AliasTables {
  aliases: AliasesTable;
}

interface StoredAlias extends Alias {
  readonly model: string;
}

export async function createAliasTable(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("aliases")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("model", "text", (c) => c.notNull().references("models.id"))
    .addColumn("version", "integer")
    .execute();
}

/** All by name. */
export async function selectAliases(db: Db): Promise<readonly StoredAlias[]> {
  const rows = await db.selectFrom("aliases").selectAll().orderBy("name").execute();
  return rows.map(({ name, model, version }) => {
    return { name, model, version: version === null ? null : String(version) };
  });
}

/** A name that is there already stands for something else from now on. */
export async function upsertAlias(db: Db, { name, model, version }: StoredAlias): Promise<void> {
  const target = { model, version: version === null ? null : Number(version) };
  await db
    .insertInto("aliases")
    .values({ name, ...target })
    .onConflict((conflict) => conflict.column("name").doUpdateSet(target))
    .execute();
}

/** Whether there was one. */
export async function deleteAlias(db: Db, name: string): Promise<boolean> {
  const query = db.deleteFrom("aliases").where("name", "=", name);
  return (await query.executeTakeFirstOrThrow()).numDeletedRows > 0n;
}
