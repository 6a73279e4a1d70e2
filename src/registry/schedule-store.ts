// What was done on a schedule, so that a restart neither repeats nor forgets it.

import { selectScheduled, upsertScheduled } from "./stores/schedule-queries.ts";
import type { Store } from "./stores/sqlite.ts";

/** The last time that a task was due and was seen to. */
export interface ScheduleRecord {
  /** When it was due, in ms since the Unix epoch. */
  readonly dueMs: number;
  /** When it ended. ISO 8601, UTC. */
  readonly at: string;
  /** What came of it; null when it was not done but only noticed. */
  readonly outcome: string | null;
}

export class ScheduleStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Undefined for a task that was never due. */
  async read(task: string): Promise<ScheduleRecord | undefined> {
    return selectScheduled(this.#store.db, task);
  }

  async write(task: string, record: ScheduleRecord): Promise<void> {
    await this.#store.transact((db) => upsertScheduled(db, task, record));
  }
}
