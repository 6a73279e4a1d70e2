// The clean-up that the schedule starts: files of old versions that nothing needs, and leftovers.
// What is needed is for the registry to say; that it happened is written down.

import type { Clock } from "../base/index.ts";
import { ACTOR_SCHEDULE, type AuditLog, type Registry } from "../registry/index.ts";
import type { TrainingRuns } from "./training-runs.ts";

const DAY_MS = 24 * 3_600_000;

export interface ScheduledCleaningOptions {
  readonly registry: Pick<Registry, "clean"> & { readonly audit: Pick<AuditLog, "add"> };
  readonly training: Pick<TrainingRuns, "list">;
  readonly clock: Pick<Clock, "nowMs">;
  /** How many of the newest versions of each model stay. */
  readonly keep: number;
  /** Younger ones stay too. */
  readonly days: number;
}

/** Cleans up; gives what came of it, in a sentence. */
export async function cleanWhatIsOld(options: ScheduledCleaningOptions): Promise<string> {
  const { registry, training, clock, keep, days } = options;
  // A version in the making stands on others, and nobody knows it yet.
  const isTraining = training.list().some(({ state }) => state === "running");
  if (isTraining) return "put off: a training is under way";
  const before = new Date(clock.nowMs() - days * DAY_MS).toISOString();
  const { versions, leftovers, freedBytes } = await registry.clean({ keep, before });
  if (versions.length === 0 && leftovers.length === 0) return "nothing to clean up";
  const names = versions.map(({ model, version }) => `${model}@${version}`);
  const target = names.length === 0 ? "leftovers" : names.join(" ");
  await registry.audit.add({
    actor: ACTOR_SCHEDULE,
    action: "version.clean",
    target,
    outcome: "done",
    requestId: null,
  });
  return `freed ${Math.ceil(freedBytes / 1e6)} MB: ${target}`;
}
