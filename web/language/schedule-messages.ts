// The sentences about what the server does by itself.

import type { DiskResponse, ScheduledTask } from "../../src/wire/index.ts";

export interface ScheduleMessages {
  readonly rhythm: (task: ScheduledTask, minSamples: number) => string;
  readonly running: string;
  readonly next: (when: string) => string;
  readonly last: (when: string, outcome: string) => string;
  /** Before the parts of what is on the disk. */
  readonly disk: string;
  readonly diskParts: Readonly<
    Record<Exclude<keyof DiskResponse, "models">, (size: string) => string>
  >;
}
