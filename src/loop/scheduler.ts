// Does what is due regularly: each task at its times, one task at a time, a time that was missed
// once when the server is back. It knows nothing of what the tasks do.

import { messageOf, type Clock, type Logger } from "../base/index.ts";
import type { ScheduleStore } from "../registry/index.ts";
import type { Timer } from "../serving/index.ts";
import { latestDueMs, nextDueMs, type Rhythm } from "./rhythm.ts";

/** Something that is done regularly. */
export interface ScheduledTask {
  /** Its name in the store. */
  readonly name: string;
  readonly rhythm: Rhythm;
  /** Does it; gives what came of it, in a sentence. */
  readonly run: () => Promise<string>;
}

export interface SchedulerOptions {
  readonly tasks: readonly ScheduledTask[];
  readonly store: Pick<ScheduleStore, "read" | "write">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly timer: Pick<Timer, "after">;
  readonly logger: Logger;
}

/** A task as people see it. */
export interface TaskStatus {
  readonly name: string;
  readonly rhythm: Rhythm;
  /** ISO 8601, UTC; null when it is off. */
  readonly nextAt: string | null;
  readonly isRunning: boolean;
  /** What came of it last; null before the first time. */
  readonly last: { readonly at: string; readonly outcome: string } | null;
}

/** Looked at least this often: a machine may sleep, and its clock may be set. */
const LOOK_MS_MAX = 15 * 60_000;

export class Scheduler {
  readonly #options: SchedulerOptions;
  #cancel: (() => void) | undefined;
  /** The name of the task that is being done. */
  #current: string | undefined;
  #isClosing = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Begins to look; what came due while no server ran is done now, once. */
  start(): void {
    void this.#look();
  }

  async status(): Promise<TaskStatus[]> {
    const { tasks, store, clock } = this.#options;
    return Promise.all(
      tasks.map(async ({ name, rhythm }) => {
        const next = nextDueMs(rhythm, clock.nowMs());
        const record = await store.read(name);
        const isDone = record !== undefined && record.outcome !== null;
        return {
          name,
          rhythm,
          nextAt: next === undefined ? null : new Date(next).toISOString(),
          isRunning: this.#current === name,
          last: isDone ? { at: record.at, outcome: record.outcome ?? "" } : null,
        };
      }),
    );
  }

  /** Starts nothing more; what a task has begun goes on as that does when a server ends. */
  close(): void {
    this.#isClosing = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const { tasks, clock, timer, logger } = this.#options;
    for (const task of tasks) {
      if (this.#isClosing) return;
      try {
        await this.#doIfDue(task);
      } catch (error) {
        logger.error({ task: task.name, error: messageOf(error) }, "the schedule is not kept");
      }
    }
    if (this.#isClosing) return;
    const nowMs = clock.nowMs();
    const waits = tasks.map(({ rhythm }) => (nextDueMs(rhythm, nowMs) ?? Infinity) - nowMs);
    this.#cancel = timer.after(Math.min(LOOK_MS_MAX, ...waits), () => void this.#look());
  }

  async #doIfDue({ name, rhythm, run }: ScheduledTask): Promise<void> {
    const { store, clock, logger } = this.#options;
    const nowMs = clock.nowMs();
    const dueMs = latestDueMs(rhythm, nowMs);
    if (dueMs === undefined) return;
    const found = await store.read(name);
    // One later than the next was written while the clock was ahead; the times begin anew.
    const isAhead = found !== undefined && found.dueMs > (nextDueMs(rhythm, nowMs) ?? nowMs);
    const record = isAhead ? undefined : found;
    if (record !== undefined && record.dueMs >= dueMs) return;
    let outcome: string | null = null;
    // Nothing was missed before it was first wanted.
    if (record !== undefined) {
      this.#current = name;
      logger.info({ task: name }, "scheduled task started");
      outcome = await run().catch((error: unknown) => `failed: ${messageOf(error)}`);
      this.#current = undefined;
      logger.info({ task: name, outcome }, "scheduled task ended");
      // What a closing server interrupts is done again by the next one.
      if (this.#isClosing) return;
    }
    const at = new Date(clock.nowMs()).toISOString();
    await store.write(name, { dueMs, at, outcome });
  }
}
