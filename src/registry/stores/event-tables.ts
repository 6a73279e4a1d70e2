// The table of what people did to versions, and the step that makes it. Rows are only ever added.

import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

interface VersionEventsTable {
  model: string;
  /** Counts up within a model. */
  sequence: number;
  version: number;
  kind: string;
  at: string;
  actor: string;
  /** A JSON object with what the kind has besides. */
  detail: string;
}

export interface EventTables {
  version_events: VersionEventsTable;
}

export async function createEventTable(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("version_events")
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("sequence", "integer", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("actor", "text", (c) => c.notNull())
    .addColumn("detail", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("version_events_key", ["model", "sequence"])
    .execute();
}
