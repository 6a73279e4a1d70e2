// The sentences about what the server does by itself.

import type { ScheduledTask } from "../../src/wire/index.ts";

export interface ScheduleMessages {
  readonly rhythm: (task: ScheduledTask, minSamples: number) => string;
  readonly running: string;
  readonly next: (when: string) => string;
  readonly last: (when: string, outcome: string) => string;
}
