// Who changed what, and when: one row for each act that operates the installation. Rows are only
// ever added. What was said about people's texts is never in it.

import { insertAudit, selectAudit } from "./stores/audit-queries.ts";
import type { Store } from "./stores/sqlite.ts";

/** Actors that no key can be named as. */
export const ACTOR_COMMAND = "(command)";
export const ACTOR_LOCAL = "(local)";
/** A release that moved by itself, as its gates, the breaker or the settings say. */
export const ACTOR_RELEASE = "(release)";
/** What is done by the clock. */
export const ACTOR_SCHEDULE = "(schedule)";

/** Something that was done or refused. */
export interface AuditEvent {
  /**
   * The name of a key; (command): the command line; (local): without a key; (release): a release,
   * by itself; (schedule): the schedule.
   */
  readonly actor: string;
  /** What was done, as "model.add". */
  readonly action: string;
  /** To what, as "starter-cloze@2"; null where there is nothing to name. */
  readonly target: string | null;
  /** "done", or the code of the error that it ended with. */
  readonly outcome: string;
  /** Of the HTTP request; null for commands. */
  readonly requestId: string | null;
}

export interface AuditEntry extends AuditEvent {
  /** Counts up. */
  readonly id: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export interface AuditQuery {
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
  /** Only entries older than this one. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export class AuditLog {
  readonly #store: Store;
  readonly #now: () => string;

  constructor(store: Store, now: () => string) {
    this.#store = store;
    this.#now = now;
  }

  async add(event: AuditEvent): Promise<void> {
    await this.#store.transact((db) => insertAudit(db, { ...event, at: this.#now() }));
  }

  /** The newest first. */
  async list(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return selectAudit(this.#store.db, query);
  }
}
