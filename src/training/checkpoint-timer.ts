// When to write a checkpoint: often enough that little is lost, rarely enough that a run of a large
// model does not spend its time writing gigabytes.

import type { Clock } from "../base/index.ts";

const EVERY_MS = 60_000;
/** Of the time of a run at most this share goes into checkpoints. */
const SHARE_MAX = 0.05;

export class CheckpointTimer {
  readonly #clock: Clock;
  readonly #write: () => void;
  #dueMs: number;

  constructor(clock: Clock, write: () => void) {
    this.#clock = clock;
    this.#write = write;
    this.#dueMs = clock.monotonicMs() + EVERY_MS;
  }

  saveIfDue(): void {
    if (this.#clock.monotonicMs() >= this.#dueMs) this.save();
  }

  save(): void {
    const startMs = this.#clock.monotonicMs();
    this.#write();
    const endMs = this.#clock.monotonicMs();
    this.#dueMs = endMs + Math.max(EVERY_MS, (endMs - startMs) / SHARE_MAX);
  }
}
