// The tables of feedback, and the step that makes them. Plain types that PostgreSQL has too.

import type { Kysely } from "kysely";
import type { Tables } from "./schema.ts";

/** Values that this installation keeps to itself, such as the key of user hashes. */
interface SecretsTable {
  name: string;
  value: string;
}

interface PredictionsTable {
  id: string;
  created_ms: number;
  model: string;
  version: string;
  text: string;
  /** JSON: per blank a list of [word, score]. */
  blanks: string;
  user_hash: string | null;
}

interface SamplesTable {
  id: string;
  /** Hash of model and text: a text may be too long to be indexed. */
  key: string;
  model: string;
  text: string;
  /** JSON lists of words. */
  answers: string;
  rejected: string;
  domain: string | null;
  source: string;
  state: string;
  hold: string | null;
  run: string | null;
  /** Grows with every change, so that a run can tell what changed while it ran. */
  revision: number;
  /** Of the last run, where that doubted it. */
  doubt_margin: number | null;
  doubt_rival: string | null;
  created_at: string;
  updated_at: string;
}

interface OpinionsTable {
  origin: string;
  blank: number;
  candidate: string;
  user_hash: string;
  sample: string;
  verdict: string;
  answer: string | null;
  best: string | null;
  best_score: number | null;
  at: string;
}

/** What a training run has taken, at which revision. */
interface RunSamplesTable {
  run: string;
  sample: string;
  revision: number;
  /** 1: an earlier version had learned it, and it is repeated. */
  earlier: number;
  /** 1: a reviewer had decided on it. */
  reviewed: number;
  /** What came of the run; null while it is under way, 0 where that was not written down. */
  version: number | null;
}

/** Which versions learned from a sample; stays when the sample is deleted. */
interface SampleVersionsTable {
  sample: string;
  model: string;
  version: number;
}

export interface FeedbackTables {
  secrets: SecretsTable;
  predictions: PredictionsTable;
  samples: SamplesTable;
  opinions: OpinionsTable;
  run_samples: RunSamplesTable;
  sample_versions: SampleVersionsTable;
}

export async function createFeedbackTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("secrets")
    .addColumn("name", "text", (c) => c.primaryKey())
    .addColumn("value", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("predictions")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("created_ms", "bigint", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("version", "text", (c) => c.notNull())
    .addColumn("text", "text", (c) => c.notNull())
    .addColumn("blanks", "text", (c) => c.notNull())
    .addColumn("user_hash", "text")
    .execute();
  await index(db, "predictions", ["created_ms"]);
  await index(db, "predictions", ["user_hash"]);
  await createSampleTables(db);
  await db.schema
    .createTable("run_samples")
    .addColumn("run", "text", (c) => c.notNull())
    .addColumn("sample", "text", (c) => c.notNull())
    .addColumn("revision", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("run_samples_key", ["run", "sample"])
    .execute();
  await db.schema
    .createTable("sample_versions")
    .addColumn("sample", "text", (c) => c.notNull())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("version", "integer", (c) => c.notNull())
    .addPrimaryKeyConstraint("sample_versions_key", ["sample", "model", "version"])
    .execute();
}

async function createSampleTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("samples")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("key", "text", (c) => c.notNull().unique())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("text", "text", (c) => c.notNull())
    .addColumn("answers", "text", (c) => c.notNull())
    .addColumn("rejected", "text", (c) => c.notNull())
    .addColumn("domain", "text")
    .addColumn("source", "text", (c) => c.notNull())
    .addColumn("state", "text", (c) => c.notNull())
    .addColumn("hold", "text")
    .addColumn("run", "text")
    .addColumn("revision", "integer", (c) => c.notNull())
    .addColumn("created_at", "text", (c) => c.notNull())
    .addColumn("updated_at", "text", (c) => c.notNull())
    .execute();
  await index(db, "samples", ["state", "model", "created_at"]);
  await db.schema
    .createTable("opinions")
    .addColumn("origin", "text", (c) => c.notNull())
    .addColumn("blank", "integer", (c) => c.notNull())
    .addColumn("candidate", "text", (c) => c.notNull())
    .addColumn("user_hash", "text", (c) => c.notNull())
    .addColumn("sample", "text", (c) => c.notNull())
    .addColumn("verdict", "text", (c) => c.notNull())
    .addColumn("answer", "text")
    .addColumn("best", "text")
    .addColumn("best_score", "double precision")
    .addColumn("at", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("opinions_key", ["origin", "blank", "candidate", "user_hash"])
    .execute();
  await index(db, "opinions", ["sample"]);
  await index(db, "opinions", ["user_hash"]);
}

/** Runs before this step repeated nothing. */
export async function addEarlierToRunSamples(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .alterTable("run_samples")
    .addColumn("earlier", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
}

/** Runs before this step doubted what reviewers had taken, and kept no doubts. */
export async function addDoubts(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable("samples").addColumn("doubt_margin", "double precision").execute();
  await db.schema.alterTable("samples").addColumn("doubt_rival", "text").execute();
  await db.schema
    .alterTable("run_samples")
    .addColumn("reviewed", "integer", (c) => c.notNull().defaultTo(0))
    .execute();
}

/** Before, a run had no end here, and a sample that waits kept the run that had it last. */
export async function addVersionToRunSamples(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable("run_samples").addColumn("version", "integer").execute();
  const underWay = db
    .selectFrom("samples")
    .select("run")
    .where("state", "=", "in-run")
    .where("run", "is not", null);
  await db
    .updateTable("run_samples")
    .set({ version: 0 })
    .where("run", "not in", underWay)
    .execute();
  await db.updateTable("samples").set({ run: null }).where("state", "=", "queued").execute();
}

async function index(
  db: Kysely<Tables>,
  table: keyof FeedbackTables,
  columns: readonly string[],
): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join("_")}`)
    .on(table)
    .columns([...columns])
    .execute();
}
