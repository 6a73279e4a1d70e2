// Rows ↔ entries of the audit log.

import type { AuditEntry, AuditEvent, AuditQuery } from "../audit-log.ts";
import type { Db } from "./queries.ts";

/** Adds an entry; the caller holds the write lock, so that numbers count up. */
export async function insertAudit(
  db: Db,
  { requestId, ...event }: AuditEvent & { readonly at: string },
): Promise<void> {
  const { last } = await db
    .selectFrom("audit")
    .select((e) => e.fn.max("id").as("last"))
    .executeTakeFirstOrThrow();
  const row = { ...event, id: (last ?? 0) + 1, request_id: requestId };
  await db.insertInto("audit").values(row).execute();
}

/** The newest first. */
export async function selectAudit(
  db: Db,
  { actor, action, before, limit }: AuditQuery,
): Promise<readonly AuditEntry[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(limit);
  if (actor !== undefined) query = query.where("actor", "=", actor);
  if (action !== undefined) query = query.where("action", "=", action);
  if (before !== undefined) query = query.where("id", "<", before);
  const rows = await query.execute();
  return rows.map(({ request_id, ...entry }) => ({ ...entry, requestId: request_id }));
}
