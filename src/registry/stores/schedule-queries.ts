// The table of what was done on a schedule, and its rows ↔ records.

import type { Kysely } from "kysely";
import type { ScheduleRecord } from "../schedule-store.ts";
import type { Db } from "./queries.ts";
import type { Tables } from "./schema.ts";

interface ScheduleTable {
  task: string;
  due_ms: number;
  at: string;
  outcome: string | null;
}

export interface ScheduleTables {
  schedule: ScheduleTable;
}

export async function createScheduleTable(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("schedule")
    .addColumn("task", "text", (c) => c.primaryKey())
    .addColumn("due_ms", "bigint", (c) => c.notNull())
    .addColumn("at", "text", (c) => c.notNull())
    .addColumn("outcome", "text")
    .execute();
}

export async function selectScheduled(db: Db, task: string): Promise<ScheduleRecord | undefined> {
  const query = db.selectFrom("schedule").selectAll().where("task", "=", task);
  const row = await query.executeTakeFirst();
  return row && { dueMs: row.due_ms, at: row.at, outcome: row.outcome };
}

export async function upsertScheduled(
  db: Db,
  task: string,
  { dueMs, at, outcome }: ScheduleRecord,
): Promise<void> {
  const row = { due_ms: dueMs, at, outcome };
  await db
    .insertInto("schedule")
    .values({ task, ...row })
    .onConflict((conflict) => conflict.column("task").doUpdateSet(row))
    .execute();
}
