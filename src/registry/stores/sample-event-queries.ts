// The life of samples: one row for each state that a sample came to. Rows are only added, and go
// with their sample.

import type { Kysely } from "kysely";
import type { HoldReason } from "../../wire/index.ts";
import type { SampleEvent } from "../feedback-types.ts";
import { rowParts, rowsInParts } from "./parts.ts";
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

/** Of a sample that is new. */
export async function insertFirstEvents(
  db: Db,
  sample: string,
  events: readonly SampleEvent[],
): Promise<void> {
  const rows = events.map(({ state, hold, run, at }, i) => {
    return { sample, sequence: 1 + i, state, hold, run: run ?? null, at };
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
  const rows = await rowsInParts(samples, (part) =>
    db
      .selectFrom("sample_events")
      .selectAll()
      .where("sample", "in", part)
      .where("sequence", "=", (e) =>
        e
          .selectFrom("sample_events as other")
          .select((o) => o.fn.max<number>("other.sequence").as("last"))
          .whereRef("other.sample", "=", "sample_events.sample"),
      )
      .execute(),
  );
  return new Map(rows.map((row) => [row.sample, row]));
}

export async function deleteSampleEvents(db: Db, sample: string): Promise<void> {
  await db.deleteFrom("sample_events").where("sample", "=", sample).execute();
}
