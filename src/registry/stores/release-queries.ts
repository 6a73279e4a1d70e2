// Rows ↔ releases.

import { sql } from "kysely";
import type { Release } from "../release-types.ts";
import type { Db } from "./queries.ts";

/** States in which a release may still go both ways. */
const UNDER_WAY = ["loading", "warm", "canary", "paused"];

export async function upsertRelease(db: Db, release: Release): Promise<void> {
  const { id, model, createdAt, state } = release;
  const document = JSON.stringify(release);
  await db
    .insertInto("releases")
    .values({ id, model, created_at: createdAt, state, document })
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ state, document }))
    .execute();
}

/** The newest release of each model: the one under way, else the one that was written last. */
export async function selectNewestReleases(db: Db): Promise<readonly Release[]> {
  // Not by when they were made: a clock may have been set back.
  const rows = await db
    .selectFrom("releases")
    .select(["model", "document"])
    .orderBy((release) => release("state", "in", UNDER_WAY))
    .orderBy(sql`rowid`)
    .execute();
  const newest = new Map(rows.map(({ model, document }) => [model, document]));
  return [...newest.values()].map((document) => JSON.parse(document) as Release);
}

export async function selectRelease(db: Db, id: string): Promise<Release | undefined> {
  const query = db.selectFrom("releases").select("document").where("id", "=", id);
  const row = await query.executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.document) as Release);
}

/** The release of a model that is under way; there is at most one. */
export async function selectReleaseUnderWay(db: Db, model: string): Promise<Release | undefined> {
  const row = await db
    .selectFrom("releases")
    .select("document")
    .where("model", "=", model)
    .where("state", "in", UNDER_WAY)
    .executeTakeFirst();
  return row === undefined ? undefined : (JSON.parse(row.document) as Release);
}

export async function deleteReleases(db: Db, model: string): Promise<void> {
  await db.deleteFrom("releases").where("model", "=", model).execute();
}
