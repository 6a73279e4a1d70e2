// The life of samples: one row for each state that a sample came to. Rows are only added, and go
// with their sample.

import type { Kysely } from "kysely";
import type { HoldReason } from "../../wire/index.ts";
import type { SampleEvent } from "../feedback-types.ts";
import { parts, rowParts } from "./parts.ts";
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

/** Notes what samples have come to, each unless it was there already. */
export async function noteStates(
  db: Db,
  events: readonly (SampleEvent & { readonly sample: string })[],
): Promise<void> {
  const last = await selectLastEvents(
    db,
    events.map(({ sample }) => sample),
  );
  const rows = events.flatMap(({ sample, state, hold, run = null, at }) => {
    const before = last.get(sample);
    const isSame = before?.state === state && before.hold === hold && before.run === run;
    return isSame ? [] : [{ sample, sequence: (before?.sequence ?? 0) + 1, state, hold, run, at }];
  });
  for (const part of rowParts(rows)) await db.insertInto("sample_events").values(part).execute();
}

async function selectLastEvents(
  db: Db,
  samples: readonly string[],
): Promise<ReadonlyMap<string, SampleEventsTable>> {
  const found = new Map<string, SampleEventsTable>();
  for (const part of parts(samples)) {
    const rows = await db
      .selectFrom("sample_events")
      .selectAll()
      .where("sample", "in", part)
      .where("sequence", "=", (e) =>
        e
          .selectFrom("sample_events as other")
          .select((o) => o.fn.max<number>("other.sequence").as("last"))
          .whereRef("other.sample", "=", "sample_events.sample"),
      )
      .execute();
    for (const row of rows) found.set(row.sample, row);
  }
  return found;
}

export async function deleteSampleEvents(db: Db, sample: string): Promise<void> {
  await db.deleteFrom("sample_events").where("sample", "=", sample).execute();
}
