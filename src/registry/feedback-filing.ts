// What is said, into samples: an opinion into the sample of its text, a reviewer's words in place
// of all opinions. Each function is one transaction of its caller.

import { createHash, randomUUID } from "node:crypto";
import { judged, runOf } from "./feedback-changes.ts";
import { textIsTaken, unknownSample } from "./feedback-errors.ts";
import {
  ORIGIN_REVIEW,
  USER_REVIEWER,
  type FeedbackSample,
  type Judge,
  type Revision,
  type Statement,
} from "./feedback-types.ts";
import type { Db } from "./stores/queries.ts";
import {
  deleteOpinions,
  insertSample,
  selectOpinions,
  selectSample,
  selectSampleOf,
  shownOf,
  updateSample,
  upsertOpinion,
  type StoredSample,
} from "./stores/sample-queries.ts";

export interface Filing {
  readonly judge: Judge;
  /** ISO 8601, UTC. */
  readonly now: () => string;
}

/** Files statements, each into the sample of its text; the samples as they are then, in order. */
export async function fileStatements(
  db: Db,
  statements: readonly Statement[],
  { judge, now }: Filing,
): Promise<FeedbackSample[]> {
  const touched: string[] = [];
  for (const statement of statements) {
    const { opinion } = statement;
    const earlier = await selectSampleOf(db, opinion);
    const isKept = earlier !== undefined && (await isReviewed(db, earlier));
    // Somebody who says it again, or says more of the answer, takes no reviewed sample away.
    const sample = isKept ? earlier : await sampleFor(db, statement, now());
    await upsertOpinion(db, sample.id, opinion);
    if (earlier !== undefined && earlier.id !== sample.id) {
      await judged(db, earlier.id, { judge, at: now() });
    }
    touched.push(sample.id);
  }
  const results = new Map<string, FeedbackSample>();
  for (const id of new Set(touched)) {
    const sample = await judged(db, id, { judge, at: now() });
    if (sample !== undefined) results.set(id, sample);
  }
  return touched.flatMap((id) => results.get(id) ?? []);
}

/** A reviewer's word in place of all that was said. Throws `not_found`, `conflict`. */
export async function reviseSample(
  db: Db,
  revision: Revision,
  { judge, now }: Filing,
): Promise<FeedbackSample> {
  const { id, answers, rejected } = revision;
  const sample = await selectSample(db, { id });
  if (sample === undefined) throw unknownSample(id);
  const { text = sample.text, domain = sample.domain } = revision;
  const key = keyOf(sample.model, text);
  const other = key === sample.key ? undefined : await selectSample(db, { key });
  if (other !== undefined) throw textIsTaken(id, other.id);
  const isSame = text === sample.text;
  // A refused sample comes back by a reviewer's hand, and no other; another text was never learned.
  const isAnew = sample.state === "rejected" || (sample.state === "used" && !isSame);
  const state = isAnew ? "queued" : sample.state;
  const run = runOf(sample, { state, isSame });
  const revisionNumber = sample.revision + (isSame ? 0 : 1);
  const at = now();
  const place = { state, run, revision: revisionNumber, updatedAt: at };
  const revised = { ...sample, key, text, domain, ...place };
  await updateSample(db, { ...revised, hold: null, doubt: undefined });
  await deleteOpinions(db, { sample: id, user: USER_REVIEWER });
  for (const [verdict, words] of [["accept", answers] as const, ["reject", rejected] as const]) {
    for (const candidate of words) {
      await upsertOpinion(db, id, {
        origin: `${ORIGIN_REVIEW}:${id}`,
        blank: 0,
        candidate,
        user: USER_REVIEWER,
        verdict,
        answer: null,
        best: null,
        bestScore: null,
        at,
      });
    }
  }
  return (await judged(db, id, { judge, at: now() })) ?? shownOf(sample, 0);
}

/** What a text of a model is known by. */
export function keyOf(model: string, text: string): string {
  return createHash("sha256").update(`${model}\n${text}`).digest("hex");
}

/** Whether it stands as a reviewer decided. */
async function isReviewed(db: Db, { id, state }: StoredSample): Promise<boolean> {
  if (state === "rejected") return true;
  return (await selectOpinions(db, { sample: id })).some(({ user }) => user === USER_REVIEWER);
}

async function sampleFor(db: Db, statement: Statement, at: string): Promise<StoredSample> {
  const { model, text, domain, source } = statement;
  const key = keyOf(model, text);
  const found = await selectSample(db, { key });
  if (found !== undefined) {
    if (found.domain !== undefined || domain === undefined) return found;
    const named = { ...found, domain };
    await updateSample(db, named);
    return named;
  }
  const made: StoredSample = {
    id: randomUUID(),
    key,
    model,
    text,
    domain,
    source,
    answers: [],
    rejected: [],
    state: "queued",
    hold: null,
    doubt: undefined,
    run: undefined,
    revision: 0,
    createdAt: at,
    updatedAt: at,
  };
  await insertSample(db, made, statement.receivedAt ?? statement.opinion.at);
  return made;
}
