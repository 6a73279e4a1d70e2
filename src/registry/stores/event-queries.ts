// Rows ↔ events of versions.

import type { VersionEvent } from "../types.ts";
import type { Db } from "./queries.ts";

/** Adds an event of a version. */
export async function insertEvent(
  db: Db,
  { id, version }: { readonly id: string; readonly version: string },
  { kind, at, by, ...detail }: VersionEvent,
): Promise<void> {
  const { last } = await db
    .selectFrom("version_events")
    .select((e) => e.fn.max("sequence").as("last"))
    .where("model", "=", id)
    .executeTakeFirstOrThrow();
  const row = {
    model: id,
    sequence: (last ?? 0) + 1,
    version: Number(version),
    kind,
    at,
    actor: by,
    detail: JSON.stringify(detail),
  };
  await db.insertInto("version_events").values(row).execute();
}

/** Events of a version, oldest first. */
export async function selectEvents(
  db: Db,
  { id, version }: { readonly id: string; readonly version: string },
): Promise<readonly VersionEvent[]> {
  const rows = await db
    .selectFrom("version_events")
    .select(["kind", "at", "actor", "detail"])
    .where("model", "=", id)
    .where("version", "=", Number(version))
    .orderBy("sequence")
    .execute();
  return rows.map(({ kind, at, actor, detail }) => {
    return { ...(JSON.parse(detail) as object), kind, at, by: actor } as VersionEvent;
  });
}
