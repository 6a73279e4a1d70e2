// The life of samples: one row for each state that a sample came to. Rows are only added, and go
// with their sample.

import type { Kysely } from "kysely";
import type { HoldReason, SampleEvent } from "../feedback-types.ts";
import type { Db } from "./queries.ts";
import type { Tables } from "./schema.ts";

interface SampleEventsTable {
  sample: string;
  /** Counts up within a sample. */
  sequence: number;
  state: string;
  hold: string | null;
  run: string | null;
  at: string;
}

export interface SampleEventTables {
  sample_events: SampleEventsTable;
}

/** Samples from before begin with the state that they are in. */
export async function createSampleEventTable(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("sample_events")
    .addColumn("sample", "text", (c) => c.notNull())
    .addColumn("sequence", "integer", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("hold", "text")
    .addColumn("run", "text")
    .addColumn("at", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("sample_events_key", ["sample", "sequence"])
    .execute();
  await db
    .insertInto("sample_events")
    .columns(["sample", "sequence", "state", "hold", "run", "at"])
    .expression((e) =>
      e
        .selectFrom("samples")
        .select((s) => ["id", s.lit(1).as("sequence"), "state", "hold", "run", "updated_at"]),
    )
    .execute();
}

export async function insertSampleEvents(
  db: Db,
  sample: string,
  events: readonly SampleEvent[],
): Promise<void> {
  const { last } = await db
    .selectFrom("sample_events")
    .select((e) => e.fn.max("sequence").as("last"))
    .where("sample", "=", sample)
    .executeTakeFirstOrThrow();
  const rows = events.map(({ state, hold, run, at }, i) => {
    return { sample, sequence: (last ?? 0) + 1 + i, state, hold, run: run ?? null, at };
  });
  await db.insertInto("sample_events").values(rows).execute();
}

/** Oldest first. */
export async function selectSampleEvents(db: Db, sample: string): Promise<SampleEvent[]> {
  const rows = await db
    .selectFrom("sample_events")
    .select(["state", "hold", "run", "at"])
    .where("sample", "=", sample)
    .orderBy("sequence")
    .execute();
  return rows.map(({ state, hold, run, at }) => ({
    state: state as SampleEvent["state"],
    hold: hold as HoldReason | null,
    run: run ?? undefined,
    at,
  }));
}

/** Notes what a sample has come to, unless it was there already. */
export async function noteState(db: Db, sample: string, event: SampleEvent): Promise<void> {
  const last = await db
    .selectFrom("sample_events")
    .select(["state", "hold", "run"])
    .where("sample", "=", sample)
    .orderBy("sequence", "desc")
    .limit(1)
    .executeTakeFirst();
  const { state, hold, run = null } = event;
  const isSame = last?.state === state && last.hold === hold && last.run === run;
  if (!isSame) await insertSampleEvents(db, sample, [event]);
}

export async function deleteSampleEvents(db: Db, sample: string): Promise<void> {
  await db.deleteFrom("sample_events").where("sample", "=", sample).execute();
}
