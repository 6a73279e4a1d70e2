// The table of messages that wait to be sent, and its rows ↔ messages.

import type { Kysely } from "kysely";
import type { WaitingMessage } from "../webhook-store.ts";
import type { Db } from "./queries.ts";
import type { Tables } from "./schema.ts";

interface WebhooksTable {
  id: string;
  address: string;
  type: string;
  body: string;
  attempt: number;
  due_ms: number;
}

export interface WebhookTables {
  webhooks: WebhooksTable;
}

export async function createWebhookTable(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("webhooks")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("address", "text", (c) => c.notNull())
    .addColumn("type", "text", (c) => c.notNull())
    .addColumn("body", "text", (c) => c.notNull())
    .addColumn("attempt", "integer", (c) => c.notNull())
    .addColumn("due_ms", "bigint", (c) => c.notNull())
    .execute();
}

export async function selectWaiting(db: Db): Promise<WaitingMessage[]> {
  const rows = await db.selectFrom("webhooks").selectAll().orderBy("due_ms").execute();
  return rows.map(({ due_ms: dueMs, ...row }) => ({ ...row, dueMs }));
}

export async function upsertWaiting(db: Db, { dueMs, ...message }: WaitingMessage): Promise<void> {
  const row = { ...message, due_ms: dueMs };
  await db
    .insertInto("webhooks")
    .values(row)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(row))
    .execute();
}

export async function deleteWaiting(db: Db, id: string): Promise<void> {
  await db.deleteFrom("webhooks").where("id", "=", id).execute();
}
