// The tables of measurements on suites, and their rows ↔ runs.

import type { Kysely } from "kysely";
import type { ProbeResult, ProbeRun, ProbeTrigger } from "../probe-types.ts";
import type { Db } from "./queries.ts";
import type { Tables } from "./schema.ts";

interface ProbeRunsTable {
  id: string;
  model: string;
  version: string;
  trigger_by: string;
  at: string;
}

interface ProbeResultsTable {
  run: string;
  suite: string;
  sha256: string;
  /** JSON: the result without what other columns have. */
  result: string;
  /** JSON: the first answer to each question. */
  answers: string;
}

export interface ProbeTables {
  probe_runs: ProbeRunsTable;
  probe_results: ProbeResultsTable;
}

export async function createProbeTables(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createTable("probe_runs")
    .addColumn("id", "text", (c) => c.primaryKey())
    .addColumn("model", "text", (c) => c.notNull())
    .addColumn("version", "text", (c) => c.notNull())
    .addColumn("trigger_by", "text", (c) => c.notNull())
    .addColumn("at", "text", (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("probe_runs_by_model_at")
    .on("probe_runs")
    .columns(["model", "at"])
    .execute();
  await db.schema
    .createTable("probe_results")
    .addColumn("run", "text", (c) => c.notNull().references("probe_runs.id").onDelete("cascade"))
    .addColumn("suite", "text", (c) => c.notNull())
    .addColumn("sha256", "text", (c) => c.notNull())
    .addColumn("result", "text", (c) => c.notNull())
    .addColumn("answers", "text", (c) => c.notNull())
    .addPrimaryKeyConstraint("probe_results_key", ["run", "suite"])
    .execute();
}

type AnsweredResult = ProbeResult & { readonly answers: readonly string[] };

export async function insertProbeRun(
  db: Db,
  run: Omit<ProbeRun, "results"> & { readonly results: readonly AnsweredResult[] },
): Promise<void> {
  const { id, model, version, trigger, at, results } = run;
  await db
    .insertInto("probe_runs")
    .values({ id, model, version, trigger_by: trigger, at })
    .execute();
  const rows = results.map(({ suite, sha256, answers, ...result }) => {
    return {
      run: id,
      suite,
      sha256,
      result: JSON.stringify(result),
      answers: JSON.stringify(answers),
    };
  });
  if (rows.length > 0) await db.insertInto("probe_results").values(rows).execute();
}

/** What was answered first to each question of a suite. */
export interface EarlierAnswers {
  readonly version: string;
  readonly answers: readonly string[];
}

/** Of the newest run of a model, or of its other versions, on a suite of the same content. */
export async function selectLatestAnswers(
  db: Db,
  {
    model,
    otherThan,
    suite,
    sha256,
  }: { readonly model: string; readonly otherThan?: string } & Pick<
    ProbeResult,
    "suite" | "sha256"
  >,
): Promise<EarlierAnswers | undefined> {
  const runs = db
    .selectFrom("probe_results")
    .innerJoin("probe_runs", "probe_runs.id", "probe_results.run")
    .select(["probe_runs.version", "probe_results.answers"])
    .where("probe_runs.model", "=", model)
    .where("probe_results.suite", "=", suite)
    .where("probe_results.sha256", "=", sha256)
    .orderBy("probe_runs.at", "desc")
    .limit(1);
  const asked = otherThan === undefined ? runs : runs.where("probe_runs.version", "!=", otherThan);
  const row = await asked.executeTakeFirst();
  return row && { version: row.version, answers: JSON.parse(row.answers) as string[] };
}

/** What runs of older programs did not measure. */
const UNMEASURED = { mrr: null, brier: null, eceInterval: null, paired: null };

/** The newest first, each with its suites by name. */
export async function selectProbeRuns(
  db: Db,
  {
    model,
    version,
    limit,
  }: { readonly model: string; readonly version?: string | undefined; readonly limit: number },
): Promise<ProbeRun[]> {
  const ofModel = db.selectFrom("probe_runs").selectAll().where("model", "=", model);
  const wanted = version === undefined ? ofModel : ofModel.where("version", "=", version);
  const runs = await wanted.orderBy("at", "desc").limit(limit).execute();
  const ids = runs.map(({ id }) => id);
  const results = await db
    .selectFrom("probe_results")
    .select(["run", "suite", "sha256", "result"])
    .where("run", "in", ids)
    .orderBy("suite")
    .execute();
  return runs.map(({ trigger_by, ...run }) => ({
    ...run,
    trigger: trigger_by as ProbeTrigger,
    results: results
      .filter((row) => row.run === run.id)
      .map(({ suite, sha256, result }) => {
        const kept = JSON.parse(result) as Omit<ProbeResult, "suite" | "sha256">;
        return { suite, sha256, ...UNMEASURED, ...kept };
      }),
  }));
}

export async function deleteProbeRuns(db: Db, model: string): Promise<void> {
  const runs = db.selectFrom("probe_runs").select("id").where("model", "=", model);
  await db.deleteFrom("probe_results").where("run", "in", runs).execute();
  await db.deleteFrom("probe_runs").where("model", "=", model).execute();
}
