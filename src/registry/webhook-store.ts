// Messages to other programs that have not arrived yet, so that a restart does not forget them.

import type { Store } from "./stores/sqlite.ts";
import { deleteWaiting, selectWaiting, upsertWaiting } from "./stores/webhook-queries.ts";

export interface WaitingMessage {
  readonly id: string;
  /** SHA-256 of where it goes, since an address may have a secret in it. */
  readonly address: string;
  readonly type: string;
  /** Without texts of users. */
  readonly body: string;
  /** Tries that failed. */
  readonly attempt: number;
  /** When it is sent next, in ms since the Unix epoch. */
  readonly dueMs: number;
}

export class WebhookStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** By the time that they are due. */
  async list(): Promise<readonly WaitingMessage[]> {
    return selectWaiting(this.#store.db);
  }

  /** Keeps a message in place of what was known of it. */
  async put(message: WaitingMessage): Promise<void> {
    await this.#store.transact((db) => upsertWaiting(db, message));
  }

  async remove(id: string): Promise<void> {
    await this.#store.transact((db) => deleteWaiting(db, id));
  }
}
