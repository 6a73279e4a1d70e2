// The table of releases, and the step that makes it. Its log is in version_events.

import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

interface ReleasesTable {
  id: string;
  model: string;
  created_at: string;
  state: string;
  /** A Release as JSON. */
  document: string;
}

export interface ReleaseTables {
  releases: ReleasesTable;
}

export async function createReleaseTable(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("releases")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("document", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("releases_by_model")
    .on("releases")
    .columns(["model", "created_at"])
    .execute();
}
