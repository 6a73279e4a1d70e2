// The tables of API keys and of the audit log, and the step that makes them.

import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

interface ApiKeysTable {
  name: string;
  role: string;
  /** Of the key as a text, hexadecimal. */
  sha256: string;
  created_at: string;
  revoked_at: string | null;
}

interface AuditTable {
  /** Counts up. */
  id: number;
  at: string;
  actor: string;
  action: string;
  target: string | null;
  outcome: string;
  request_id: string | null;
}

export interface KeyTables {
  api_keys: ApiKeysTable;
  audit: AuditTable;
}

export async function createKeyTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("api_keys")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("role", "text", (c) => c.notNull())
    .addColumn("sha256", "text", (c) => c.notNull().unique())
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("revoked_at", "text")
    .execute();
  await db.schema
    .createTable("audit")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("actor", "text", (c) => c.notNull())
    .addColumn("action", "text", (c) => c.notNull())
    .addColumn("target", "text")
    .addColumn("outcome", "text", (c) => c.notNull())
    .addColumn("request_id", "text")
    .execute();
}
