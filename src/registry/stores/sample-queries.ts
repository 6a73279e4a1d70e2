// Samples and the opinions on them ↔ their rows.

import { sql, type ExpressionBuilder, type Selectable, type Updateable } from "kysely";
import type { HoldReason, SampleSource, SampleState } from "../../wire/index.ts";
import {
  USER_IMPORT,
  USER_REVIEWER,
  type FeedbackSample,
  type Opinion,
  type SampleQuery,
} from "../feedback-types.ts";
import { parts, rowsInParts } from "./parts.ts";
import type { Db } from "./queries.ts";
import { deleteSampleEvents, insertFirstEvents, noteStates } from "./sample-event-queries.ts";
import type { Tables } from "./schema.ts";

/** A sample with what is only of use inside the registry. */
export interface StoredSample extends Omit<FeedbackSample, "userCount"> {
  readonly key: string;
  readonly revision: number;
}

export async function selectSample(
  db: Db,
  by: { readonly id: string } | { readonly key: string },
): Promise<StoredSample | undefined> {
  const query = db.selectFrom("samples").selectAll();
  const row = await ("id" in by ? query.where("id", "=", by.id) : query.where("key", "=", by.key))
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : storedOf(row);
}

/** The samples with these ids, as far as there are such; by id. */
export async function selectSamplesById(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredSample>> {
  const rows = await rowsInParts(ids, (part) =>
    db.selectFrom("samples").selectAll().where("id", "in", part).execute(),
  );
  return new Map(rows.map((row) => [row.id, storedOf(row)]));
}

/** The texts of the samples with these keys, as far as there are such. */
export async function selectTexts(db: Db, keys: readonly string[]): Promise<string[]> {
  const rows = await rowsInParts(keys, (part) =>
    db.selectFrom("samples").select("text").where("key", "in", part).execute(),
  );
  return rows.map(({ text }) => text);
}

/** Its state is noted when its first opinion has been judged. */
export async function insertSample(
  db: Db,
  sample: StoredSample,
  receivedAt: string,
): Promise<void> {
  await db.insertInto("samples").values(rowOf(sample)).execute();
  const common = { hold: null, run: undefined };
  await insertFirstEvents(db, sample.id, [
    { ...common, state: "received", at: receivedAt },
    { ...common, state: "scrubbed", at: sample.createdAt },
  ]);
}

export async function updateSample(db: Db, sample: StoredSample): Promise<void> {
  const { id, state, hold, run, updatedAt: at } = sample;
  await db.updateTable("samples").set(rowOf(sample)).where("id", "=", id).execute();
  await noteStates(db, [{ sample: id, state, hold, run, at }]);
}

/** Writes where samples stand now: state, hold, run and time. All else must be as it is stored. */
export async function moveSamples(db: Db, samples: readonly StoredSample[]): Promise<void> {
  const idsAt = new Map<string, string[]>();
  for (const { id, state, hold, run = null, updatedAt } of samples) {
    const place = JSON.stringify({ state, hold, run, updated_at: updatedAt });
    const ids = idsAt.get(place);
    if (ids === undefined) idsAt.set(place, [id]);
    else ids.push(id);
  }
  for (const [written, ids] of idsAt) {
    const place = JSON.parse(written) as Updateable<Tables["samples"]>;
    for (const part of parts(ids)) {
      await db.updateTable("samples").set(place).where("id", "in", part).execute();
    }
  }
  await noteStates(
    db,
    samples.map(({ id, state, hold, run, updatedAt }) => {
      return { sample: id, state, hold, run, at: updatedAt };
    }),
  );
}

/** Nothing is doubted about these samples any more. */
export async function clearDoubts(db: Db, ids: readonly string[], at: string): Promise<void> {
  const none = { doubt_margin: null, doubt_rival: null, updated_at: at };
  for (const part of parts(ids)) {
    await db.updateTable("samples").set(none).where("id", "in", part).execute();
  }
}

/** The newest change first, or the most doubtful. */
export async function selectSamples(db: Db, query: SampleQuery): Promise<FeedbackSample[]> {
  let all = filtered(db, query)
    .selectAll("samples")
    .select((e) => userCount(e).as("user_count"));
  if (query.order === "doubt") {
    all = all.orderBy("doubt_margin", (order) => order.asc().nullsLast());
  }
  const rows = await all
    .orderBy("updated_at", "desc")
    .orderBy("id")
    .limit(query.limit ?? Number.MAX_SAFE_INTEGER)
    .offset(query.offset ?? 0)
    .execute();
  return rows.map((row) => shownOf(storedOf(row), row.user_count ?? 0));
}

export async function countByState(
  db: Db,
  query: Omit<SampleQuery, "states">,
): Promise<ReadonlyMap<string, number>> {
  const rows = await filtered(db, query)
    .select((e) => ["state", e.fn.countAll<number>().as("count")])
    .groupBy("state")
    .execute();
  return new Map(rows.map(({ state, count }) => [state, count]));
}

/** Oldest first, so that nobody waits for ever, each with the users that stand behind it. */
export async function selectQueue(
  db: Db,
  model: string,
): Promise<readonly { sample: StoredSample; users: readonly string[] }[]> {
  const rows = await db
    .selectFrom("samples")
    .selectAll()
    .where("model", "=", model)
    .where("state", "=", "queued")
    .orderBy("created_at")
    .orderBy("id")
    .execute();
  const said = await db
    .selectFrom("opinions")
    .innerJoin("samples", "samples.id", "opinions.sample")
    .select(["opinions.sample", "opinions.user_hash"])
    .distinct()
    .where("samples.model", "=", model)
    .where("samples.state", "=", "queued")
    .execute();
  const users = new Map<string, string[]>(rows.map(({ id }) => [id, []]));
  for (const { sample, user_hash } of said) users.get(sample)?.push(user_hash);
  return rows.map((row) => ({ sample: storedOf(row), users: users.get(row.id) ?? [] }));
}

/** On a sample, or a user's on one answer; oldest first. */
export async function selectOpinions(
  db: Db,
  by: { readonly sample: string } | { readonly origin: string; readonly user: string },
): Promise<Opinion[]> {
  const all = db.selectFrom("opinions").selectAll().orderBy("at");
  const rows = await (
    "sample" in by
      ? all.where("sample", "=", by.sample)
      : all.where("origin", "=", by.origin).where("user_hash", "=", by.user)
  ).execute();
  return rows.map((row) => ({
    origin: row.origin,
    blank: row.blank,
    candidate: row.candidate,
    user: row.user_hash,
    verdict: row.verdict as Opinion["verdict"],
    answer: row.answer,
    best: row.best,
    bestScore: row.best_score,
    at: row.at,
  }));
}

/** The sample that a user's earlier opinion on the same word is on. */
export async function selectSampleOf(
  db: Db,
  { origin, blank, candidate, user }: Opinion,
): Promise<StoredSample | undefined> {
  const row = await db
    .selectFrom("samples")
    .selectAll("samples")
    .innerJoin("opinions", "opinions.sample", "samples.id")
    .where("origin", "=", origin)
    .where("blank", "=", blank)
    .where("candidate", "=", candidate)
    .where("user_hash", "=", user)
    .executeTakeFirst();
  return row === undefined ? undefined : storedOf(row);
}

/** Puts an opinion in place of the same user's earlier one. */
export async function upsertOpinion(db: Db, sample: string, opinion: Opinion): Promise<void> {
  const { origin, blank, candidate, user } = opinion;
  const said = {
    sample,
    verdict: opinion.verdict,
    answer: opinion.answer,
    best: opinion.best,
    best_score: opinion.bestScore,
    at: opinion.at,
  };
  await db
    .insertInto("opinions")
    .values({ origin, blank, candidate, user_hash: user, ...said })
    .onConflict((conflict) =>
      conflict.columns(["origin", "blank", "candidate", "user_hash"]).doUpdateSet(said),
    )
    .execute();
}

/** The samples that a user said something about. */
export async function selectSamplesOf(db: Db, user: string): Promise<string[]> {
  const rows = await db
    .selectFrom("opinions")
    .select("sample")
    .distinct()
    .where("user_hash", "=", user)
    .execute();
  return rows.map(({ sample }) => sample);
}

export async function deleteOpinions(
  db: Db,
  by: { readonly sample: string; readonly user?: string } | { readonly user: string },
): Promise<void> {
  let query = db.deleteFrom("opinions");
  if ("sample" in by) query = query.where("sample", "=", by.sample);
  if (by.user !== undefined) query = query.where("user_hash", "=", by.user);
  await query.execute();
}

/** With its opinions; which versions learned from it stays known. */
export async function deleteSample(db: Db, id: string): Promise<void> {
  await deleteOpinions(db, { sample: id });
  await deleteSampleEvents(db, id);
  await db.deleteFrom("samples").where("id", "=", id).execute();
}

export async function selectSecret(db: Db, name: string): Promise<string | undefined> {
  const query = db.selectFrom("secrets").select("value").where("name", "=", name);
  return (await query.executeTakeFirst())?.value;
}

export async function insertSecret(db: Db, name: string, value: string): Promise<void> {
  await db.insertInto("secrets").values({ name, value }).execute();
}

function filtered(db: Db, query: SampleQuery) {
  const { model, states, search, isAnswered, isDoubted, ...equal } = query;
  let found = db.selectFrom("samples");
  if (model !== undefined) found = found.where("model", "=", model);
  if (states !== undefined) found = found.where("state", "in", states);
  for (const column of ["hold", "source", "domain"] as const) {
    const value = equal[column];
    if (value !== undefined) found = found.where(column, "=", value);
  }
  if (isAnswered !== undefined) found = found.where("answers", isAnswered ? "!=" : "=", "[]");
  if (isDoubted === true) found = found.where("doubt_margin", "is not", null);
  if (search !== undefined && search !== "") {
    const part = `%${search.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
    found = found.where(sql<boolean>`text like ${part} escape '\\'`);
  }
  return found;
}

function userCount(e: ExpressionBuilder<Tables, "samples">) {
  return e
    .selectFrom("opinions")
    .select((o) => o.fn.count<number>("user_hash").distinct().as("count"))
    .whereRef("opinions.sample", "=", "samples.id")
    .where("user_hash", "not in", [USER_IMPORT, USER_REVIEWER]);
}

export function shownOf(sample: StoredSample, users: number): FeedbackSample {
  const { key: _key, revision: _revision, ...shown } = sample;
  return { ...shown, userCount: users };
}

export function storedOf(row: Selectable<Tables["samples"]>): StoredSample {
  return {
    id: row.id,
    key: row.key,
    model: row.model,
    text: row.text,
    answers: JSON.parse(row.answers) as string[],
    rejected: JSON.parse(row.rejected) as string[],
    domain: row.domain ?? undefined,
    source: row.source as SampleSource,
    state: row.state as SampleState,
    hold: row.hold as HoldReason | null,
    doubt:
      row.doubt_margin === null
        ? undefined
        : { margin: row.doubt_margin, rival: row.doubt_rival ?? "" },
    run: row.run ?? undefined,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function rowOf(sample: StoredSample): Selectable<Tables["samples"]> {
  return {
    id: sample.id,
    key: sample.key,
    model: sample.model,
    text: sample.text,
    answers: JSON.stringify(sample.answers),
    rejected: JSON.stringify(sample.rejected),
    domain: sample.domain ?? null,
    source: sample.source,
    state: sample.state,
    hold: sample.hold,
    run: sample.run ?? null,
    revision: sample.revision,
    doubt_margin: sample.doubt?.margin ?? null,
    doubt_rival: sample.doubt?.rival ?? null,
    created_at: sample.createdAt,
    updated_at: sample.updatedAt,
  };
}
