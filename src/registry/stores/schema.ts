// The tables, as Kysely sees them, and the steps that made them what they are. The same steps
// must run on PostgreSQL: plain types, no SQLite functions.

import type { Kysely } from "kysely";
import { createAliasTable, type AliasTables } from "./alias-queries.ts";
import { createEventTable, type EventTables } from "./event-tables.ts";
import {
  addDoubts,
  addEarlierToRunSamples,
  addVersionToRunSamples,
  createFeedbackTables,
  type FeedbackTables,
} from "./feedback-tables.ts";
import { createKeyTables, type KeyTables } from "./key-tables.ts";
import { createReleaseTable, type ReleaseTables } from "./release-tables.ts";
import { createProbeTables, type ProbeTables } from "./probe-queries.ts";
import { createSampleEventTable, type SampleEventTables } from "./sample-event-queries.ts";
import { createScheduleTable, type ScheduleTables } from "./schedule-queries.ts";
import { createWebhookTable, type WebhookTables } from "./webhook-queries.ts";

interface ModelsTable {
  id: string;
  kind: string;
  created_at: string;
  stable: number;
}

interface VersionsTable {
  model: string;
  version: number;
  state: string;
  origin: string;
  key: string;
  sha256: string;
  size_bytes: number;
  created_at: string;
  parent: number | null;
  /** A JSON object. */
  metrics: string;
}

/**
 * What each shipped model looked like when it was last stored, so that a removed one stays away.
 */
interface StartersTable {
  model: string;
  fingerprint: string;
}

interface MigrationsTable {
  id: number;
}

export interface Tables
  extends
    AliasTables,
    EventTables,
    FeedbackTables,
    KeyTables,
    ProbeTables,
    ReleaseTables,
    SampleEventTables,
    ScheduleTables,
    WebhookTables {
  models: ModelsTable;
  versions: VersionsTable;
  starters: StartersTable;
  migrations: MigrationsTable;
}

type Migration = (db: Kysely<Tables>) => Promise<void>;

/** In order; a step that has shipped is never changed, only followed by another. */
export const MIGRATIONS: readonly Migration[] = [
  createTables,
  createFeedbackTables,
  createEventTable,
  createKeyTables,
  createReleaseTable,
  createScheduleTable,
  createProbeTables,
  createSampleEventTable,
  createAliasTable,
  addEarlierToRunSamples,
  createWebhookTable,
  addDoubts,
  addVersionToRunSamples,
];

async function createTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("models")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("kind", "text", (c) => c.notNull())
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("stable", "integer", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("versions")
    .addColumn("model", "text", (c) => c.notNull().references("models.id").onDelete("cascade"))
    .addColumn("version", "integer", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("origin", "text", (c) => c.notNull())
    .addColumn("key", "text", (c) => c.notNull())
    .addColumn("sha256", "text", (c) => c.notNull())
    .addColumn("size_bytes", "bigint", (c) => c.notNull())
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("parent", "integer")
    .addColumn("metrics", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("versions_key", ["model", "version"])
    .execute();
  await db.schema
    .createTable("starters")
    .addColumn("model", "text", (c) => c.primaryKey())
    .addColumn("fingerprint", "text", (c) => c.notNull())
    .execute();
}
