// API keys: who may ask the server for what. A key is shown once, when it is made; only its SHA-256
// is kept, which is enough for 256 random bits. A revoked key stays as a row, since the audit log
// names it and since a server that once asked for keys must not open by losing its last one.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { AppError } from "../base/index.ts";
import { Followed } from "./followed.ts";
import { insertKey, revokeKey, selectKeys, type StoredKey } from "./stores/key-queries.ts";
import type { Db } from "./stores/queries.ts";
import type { Store } from "./stores/sqlite.ts";

/** Each may do what those before it may. use: ask · feedback: judge · operate: everything. */
export const KEY_ROLES = ["use", "feedback", "operate"] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

export interface ApiKey {
  readonly name: string;
  readonly role: KeyRole;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly revokedAt: string | null;
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const PREFIX = "wsk_";
const SECRET_BYTES = 32;

export class KeyStore {
  readonly #store: Store;
  readonly #now: () => string;
  readonly #keys: Followed<readonly StoredKey[]>;

  constructor(store: Store, now: () => string) {
    this.#store = store;
    this.#now = now;
    this.#keys = new Followed(store, () => selectKeys(store.reading));
  }

  /**
   * Makes a key; its text is nowhere else and cannot be had again.
   *
   * @throws AppError `invalid_input` for a name that cannot be one, `conflict` for one that is
   *   taken, also by a revoked key.
   */
  async add(name: string, role: KeyRole): Promise<{ readonly key: ApiKey; readonly text: string }> {
    requireKeyName(name);
    const text = PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
    const key = { name, role, createdAt: this.#now(), revokedAt: null };
    await this.#write(async (db) => {
      const taken = (await selectKeys(db)).find((each) => each.name === name);
      if (taken !== undefined) throw nameIsTaken(taken);
      await insertKey(db, { ...key, sha256: sha256Of(text).toString("hex") });
    });
    return { key, text };
  }

  /** Whether no key was ever made. */
  async isEmpty(): Promise<boolean> {
    return (await this.#keys.value()).length === 0;
  }

  /** All that were ever made, by name. */
  async list(): Promise<readonly ApiKey[]> {
    return (await this.#keys.value()).map(({ sha256: _sha256, ...key }) => key);
  }

  /**
   * A key that nobody gets in with any more; once is enough, a second time changes nothing.
   *
   * @throws AppError `not_found`
   */
  async revoke(name: string): Promise<ApiKey> {
    await this.#write((db) => revokeKey(db, { name, at: this.#now() }));
    const found = (await this.list()).find((key) => key.name === name);
    if (found !== undefined) return found;
    throw new AppError(
      "not_found",
      `There is no key ${JSON.stringify(name.slice(0, 80))}; \`whetstone keys list\` names all.`,
    );
  }

  /** The key that a text is; undefined for an unknown or revoked one. All take the same time. */
  async find(text: string): Promise<ApiKey | undefined> {
    const presented = sha256Of(text);
    let found: StoredKey | undefined;
    for (const key of await this.#keys.value()) {
      const isSame = timingSafeEqual(Buffer.from(key.sha256, "hex"), presented);
      if (isSame && key.revokedAt === null) found = key;
    }
    if (found === undefined) return undefined;
    const { sha256: _sha256, ...key } = found;
    return key;
  }

  async #write(task: (db: Db) => Promise<void>): Promise<void> {
    try {
      await this.#store.transact(task);
    } finally {
      this.#keys.forget();
    }
  }
}

/** Whether a key of role `has` may do what needs `needed`. */
export function roleAllows(has: KeyRole, needed: KeyRole): boolean {
  return KEY_ROLES.indexOf(has) >= KEY_ROLES.indexOf(needed);
}

/** Throws `invalid_input` unless `name` may name a key; such names are safe in logs and headers. */
export function requireKeyName(name: string): void {
  if (NAME.test(name)) return;
  throw new AppError(
    "invalid_input",
    `The name of the key is ${JSON.stringify(name.slice(0, 80))}; expected 1 to 64 of a–z, 0–9, ` +
      '".", "_" and "-", beginning with a letter or digit.',
  );
}

function sha256Of(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function nameIsTaken({ name, revokedAt }: StoredKey): AppError {
  const state = revokedAt === null ? "already" : "already, revoked, which the audit log may name";
  return new AppError("conflict", `There is a key "${name}" ${state}. Choose another name.`);
}
