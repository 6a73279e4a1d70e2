// Predictions ↔ their rows.

import type { Selectable } from "kysely";
import type { OfferedWord, Prediction } from "../feedback-types.ts";
import { parts } from "./parts.ts";
import type { Db } from "./queries.ts";
import type { Tables } from "./schema.ts";

/** Rows of one statement; SQLite takes at most 32,766 values in it. */
const ROWS_IN_INSERT = 500;
/** Rows among which texts are looked for: load comes with repetition. */
const ROWS_LOOKED_AT = 20_000;

export async function insertPredictions(db: Db, added: readonly Prediction[]): Promise<void> {
  for (const part of parts(added, ROWS_IN_INSERT)) {
    const rows = part.map((prediction) => ({
      id: prediction.id,
      created_ms: prediction.createdMs,
      model: prediction.model,
      version: prediction.version,
      text: prediction.text,
      blanks: JSON.stringify(
        prediction.blanks.map((words) => words.map(({ text, score }) => [text, rounded(score)])),
      ),
      user_hash: prediction.user ?? null,
    }));
    await db.insertInto("predictions").values(rows).execute();
  }
}

export async function selectPrediction(
  db: Db,
  { id, sinceMs }: { readonly id: string; readonly sinceMs: number },
): Promise<Prediction | undefined> {
  const row = await db
    .selectFrom("predictions")
    .selectAll()
    .where("id", "=", id)
    .where("created_ms", ">=", sinceMs)
    .executeTakeFirst();
  return row === undefined ? undefined : predictionOf(row);
}

/**
 * The newest answer to each text whose blanks all have candidates, as all have but those that a
 * caller wanted left open, unless there is an opinion on some answer to it.
 */
export async function selectUnjudged(
  db: Db,
  { model, sinceMs, most }: { readonly model: string; sinceMs: number; readonly most: number },
): Promise<Prediction[]> {
  const rows = await db
    .selectFrom("predictions")
    .select((e) => [
      "id",
      "text",
      e
        .exists(
          e
            .selectFrom("opinions")
            .select("opinions.sample")
            .whereRef("opinions.origin", "=", "predictions.id"),
        )
        .as("is_judged"),
    ])
    .where("model", "=", model)
    .where("created_ms", ">=", sinceMs)
    .where("blanks", "not like", "%[]%")
    .orderBy("created_ms", "desc")
    .limit(ROWS_LOOKED_AT)
    .execute();
  const judged = new Set(rows.flatMap(({ text, is_judged }) => (is_judged ? [text] : [])));
  const newest = new Map<string, string>();
  for (const { id, text } of rows) {
    if (!judged.has(text) && !newest.has(text)) newest.set(text, id);
  }
  const ids = [...newest.values()].slice(0, most);
  if (ids.length === 0) return [];
  const found = await db
    .selectFrom("predictions")
    .selectAll()
    .where("id", "in", ids)
    .orderBy("created_ms", "desc")
    .execute();
  return found.map(predictionOf);
}

/** Deletes those from before `beforeMs`, and of the rest all but the newest `most`. */
export async function deleteOldPredictions(
  db: Db,
  { beforeMs, most }: { readonly beforeMs: number; readonly most: number },
): Promise<number> {
  const limit = await db
    .selectFrom("predictions")
    .select("created_ms")
    .orderBy("created_ms", "desc")
    .offset(most)
    .limit(1)
    .executeTakeFirst();
  const upTo = Math.max(beforeMs - 1, limit?.created_ms ?? 0);
  const done = await db
    .deleteFrom("predictions")
    .where("created_ms", "<=", upTo)
    .executeTakeFirst();
  return Number(done.numDeletedRows);
}

export async function deletePredictionsOf(db: Db, user: string): Promise<number> {
  const query = db.deleteFrom("predictions").where("user_hash", "=", user);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

function predictionOf(row: Selectable<Tables["predictions"]>): Prediction {
  const blanks = JSON.parse(row.blanks) as [string, number][][];
  return {
    id: row.id,
    model: row.model,
    version: row.version,
    text: row.text,
    blanks: blanks.map((words) => words.map(([text, score]): OfferedWord => ({ text, score }))),
    user: row.user_hash ?? undefined,
    createdMs: row.created_ms,
  };
}

/** Enough digits to tell candidates apart. */
function rounded(score: number): number {
  return Math.round(score * 1e5) / 1e5;
}
