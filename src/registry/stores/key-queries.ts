// Rows ↔ API keys.

import type { ApiKey, KeyRole } from "../keys.ts";
import type { Db } from "./queries.ts";

export interface StoredKey extends ApiKey {
  readonly sha256: string;
}

/** All by name, the revoked ones too. */
export async function selectKeys(db: Db): Promise<readonly StoredKey[]> {
  const rows = await db.selectFrom("api_keys").selectAll().orderBy("name").execute();
  return rows.map(({ name, role, sha256, created_at, revoked_at }) => ({
    name,
    role: role as KeyRole,
    sha256,
    createdAt: created_at,
    revokedAt: revoked_at,
  }));
}

export async function insertKey(
  db: Db,
  { name, role, sha256, createdAt, revokedAt }: StoredKey,
): Promise<void> {
  const row = { name, role, sha256, created_at: createdAt, revoked_at: revokedAt };
  await db.insertInto("api_keys").values(row).execute();
}

/** Of a key that was revoked before, the time stays. */
export async function revokeKey(
  db: Db,
  { name, at }: { readonly name: string; readonly at: string },
): Promise<void> {
  await db
    .updateTable("api_keys")
    .set({ revoked_at: at })
    .where("name", "=", name)
    .where("revoked_at", "is", null)
    .execute();
}
