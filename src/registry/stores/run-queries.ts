// Training runs and samples ↔ their rows: what a run took and repeated, what came of it, and which
// versions learned from a sample. These rows stay when the sample is deleted.

import type { Learner } from "../feedback-types.ts";
import { rowParts, rowsInParts } from "./parts.ts";
import type { Db } from "./queries.ts";
import { storedOf, type StoredSample } from "./sample-queries.ts";

export interface RunSample {
  readonly sample: string;
  readonly revision: number;
  readonly isEarlier: boolean;
  readonly isReviewed?: boolean | undefined;
}

export async function insertRunSamples(
  db: Db,
  run: string,
  taken: readonly RunSample[],
): Promise<void> {
  const rows = taken.map(({ sample, revision, isEarlier, isReviewed = false }) => {
    const flags = { earlier: Number(isEarlier), reviewed: Number(isReviewed) };
    return { run, sample, revision, ...flags, version: null };
  });
  for (const part of rowParts(rows)) {
    await db
      .insertInto("run_samples")
      .values(part)
      .onConflict((conflict) =>
        conflict.columns(["run", "sample"]).doUpdateSet((e) => ({
          revision: e.ref("excluded.revision"),
          earlier: e.ref("excluded.earlier"),
          reviewed: e.ref("excluded.reviewed"),
          version: e.ref("excluded.version"),
        })),
      )
      .execute();
  }
}

/**
 * Used samples, which a version learned that people may use: `most` of them, those with a right
 * word before others and the newest before older ones; oldest first.
 */
export async function selectLearned(
  db: Db,
  model: string,
  most: number,
): Promise<readonly StoredSample[]> {
  const rows = await db
    .selectFrom("samples")
    .selectAll("samples")
    .where("model", "=", model)
    .where("state", "=", "used")
    .orderBy((sample) => sample("answers", "=", "[]"))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(most)
    .execute();
  const byAge = (a: { created_at: string; id: string }, b: { created_at: string; id: string }) =>
    a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id);
  return rows.toSorted(byAge).map(storedOf);
}

/** What a run under way took and repeats; nothing once a version has come of it. */
export async function selectRunSamples(
  db: Db,
  run: string,
): Promise<readonly { readonly sample: string; readonly revision: number }[]> {
  return db
    .selectFrom("run_samples")
    .select(["sample", "revision"])
    .where("run", "=", run)
    .where("version", "is", null)
    .execute();
}

/** Of samples that a version has learned as they stand, the last run that taught it; by id. */
export async function selectRunsThatLearned(
  db: Db,
  samples: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await rowsInParts(samples, (part) =>
    db
      .selectFrom("run_samples")
      .innerJoin("samples", (join) =>
        join
          .onRef("samples.id", "=", "run_samples.sample")
          .onRef("samples.revision", "=", "run_samples.revision"),
      )
      .innerJoin("sample_versions", (join) =>
        join
          .onRef("sample_versions.sample", "=", "run_samples.sample")
          .onRef("sample_versions.version", "=", "run_samples.version")
          .onRef("sample_versions.model", "=", "samples.model"),
      )
      .select(["run_samples.sample", "run_samples.run"])
      .where("run_samples.sample", "in", part)
      .orderBy("run_samples.version")
      .execute(),
  );
  // Of several the last one stays.
  return new Map(rows.map(({ sample, run }) => [sample, run]));
}

/** What a run took, anew or again, and what is still there; in the order in which it is taken. */
export async function selectTaken(
  db: Db,
  { run, isEarlier }: { readonly run: string; readonly isEarlier: boolean },
): Promise<StoredSample[]> {
  const rows = await db
    .selectFrom("samples")
    .selectAll("samples")
    .innerJoin("run_samples", "run_samples.sample", "samples.id")
    .select("run_samples.reviewed")
    .where("run_samples.run", "=", run)
    .where("run_samples.earlier", "=", Number(isEarlier))
    .orderBy("samples.created_at")
    .orderBy("samples.id")
    .execute();
  return rows.map((row) => ({ ...storedOf(row), isReviewed: row.reviewed === 1 }));
}

/** How many of the samples that a run took a reviewer had decided on by then. */
export async function countReviewed(db: Db, run: string): Promise<number> {
  const { count } = await db
    .selectFrom("run_samples")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("run", "=", run)
    .where("earlier", "=", 0)
    .where("reviewed", "=", 1)
    .executeTakeFirstOrThrow();
  return count;
}

export async function insertLearners(
  db: Db,
  samples: readonly string[],
  { model, version }: Learner,
): Promise<void> {
  const rows = samples.map((sample) => ({ sample, model, version: Number(version) }));
  for (const part of rowParts(rows)) {
    await db
      .insertInto("sample_versions")
      .values(part)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** The versions that learned from any of these samples. */
export async function selectLearners(db: Db, samples: readonly string[]): Promise<Learner[]> {
  const rows = await rowsInParts(samples, (part) =>
    db
      .selectFrom("sample_versions")
      .select(["model", "version"])
      .distinct()
      .where("sample", "in", part)
      .execute(),
  );
  return [...new Map(rows.map((row) => [`${row.model}@${row.version}`, row])).values()]
    .toSorted((a, b) => a.model.localeCompare(b.model) || a.version - b.version)
    .map(({ model, version }) => ({ model, version: String(version) }));
}

/** How many samples that a version learned from have been deleted since. */
export async function countDeleted(db: Db, { model, version }: Learner): Promise<number> {
  const { count } = await db
    .selectFrom("sample_versions")
    .leftJoin("samples", "samples.id", "sample_versions.sample")
    .select((e) => e.fn.countAll<number>().as("count"))
    .where("sample_versions.model", "=", model)
    .where("sample_versions.version", "=", Number(version))
    .where("samples.id", "is", null)
    .executeTakeFirstOrThrow();
  return count;
}

/** Runs under way that took some of these samples or repeat them; of all samples when absent. */
export async function selectRunsUnderWay(db: Db, samples?: readonly string[]): Promise<string[]> {
  const query = db.selectFrom("run_samples").select("run").distinct().where("version", "is", null);
  if (samples === undefined) return (await query.execute()).map(({ run }) => run);
  const rows = await rowsInParts(samples, (part) => query.where("sample", "in", part).execute());
  return [...new Set(rows.map(({ run }) => run))].toSorted();
}

/** Waiting samples that a version has learned as they stand. */
export async function selectWaitingAgain(
  db: Db,
  { model, version }: Learner,
): Promise<StoredSample[]> {
  const rows = await db
    .selectFrom("samples")
    .selectAll("samples")
    .innerJoin("sample_versions", "sample_versions.sample", "samples.id")
    .innerJoin("run_samples", (join) =>
      join
        .onRef("run_samples.sample", "=", "samples.id")
        .onRef("run_samples.version", "=", "sample_versions.version")
        .onRef("run_samples.revision", "=", "samples.revision"),
    )
    .where("samples.model", "=", model)
    .where("samples.state", "=", "queued")
    .where("sample_versions.model", "=", model)
    .where("sample_versions.version", "=", Number(version))
    .execute();
  return rows.map(storedOf);
}

/** Says which version came of a run. */
export async function setRunVersion(db: Db, run: string, { version }: Learner): Promise<void> {
  await db
    .updateTable("run_samples")
    .set({ version: Number(version) })
    .where("run", "=", run)
    .execute();
}

/** Forgets what a run took, unless a version came of it. */
export async function deleteRunSamples(db: Db, run: string): Promise<void> {
  const query = db.deleteFrom("run_samples").where("run", "=", run);
  await query.where("version", "is", null).execute();
}
