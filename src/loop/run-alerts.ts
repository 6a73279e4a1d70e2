// Which changes of training runs others are told of: a run that failed, a version that the gate
// refused. Each is told when it happens, however often the run is seen in that state, and whoever
// trains: this server, or a command beside it.

import { messageOf, type Logger } from "../base/index.ts";
import type { Registry } from "../registry/index.ts";
import type { Releases } from "../serving/index.ts";
import { readGateVerdict, type TrainingRun } from "../wire/index.ts";
import { objectIn, textIn } from "./archive-metrics.ts";
import type { CommandRuns } from "./command-runs.ts";
import type { WebhookEvent } from "./webhooks.ts";

/** Runs whose state is remembered, the newest. */
const REMEMBERED_MAX = 1000;

/** A listener for training runs that passes the events among their changes on. */
export function createRunAlerts(notify: (event: WebhookEvent) => void): (run: TrainingRun) => void {
  const states = new Map<string, TrainingRun["state"]>();
  return (run) => {
    const isNews = states.get(run.id) !== run.state;
    states.delete(run.id);
    states.set(run.id, run.state);
    const [oldest] = states.keys();
    if (states.size > REMEMBERED_MAX && oldest !== undefined) states.delete(oldest);
    const event = isNews ? eventOf(run) : undefined;
    if (event !== undefined) notify(event);
  };
}

function eventOf({ id, model, base, state, result, error }: TrainingRun): WebhookEvent | undefined {
  if (state === "failed") return failedEvent({ run: id, model, base, code: error?.code ?? null });
  if (state !== "finished" || result === undefined || result.gate.passed) return undefined;
  const { version, gate } = result;
  return refusedEvent({ run: id, model, version, reasons: gate.reasons });
}

export interface CommandAlerts {
  readonly registry: Pick<Registry, "listModels">;
  readonly commands: Pick<CommandRuns, "failed" | "forget">;
  readonly releases: Pick<Releases, "onLook">;
  readonly notify: (event: WebhookEvent) => void;
  readonly logger: Logger;
}

/**
 * The same for runs of commands that end from now on: told by what they leave in the registry and
 * beside the runs of the server.
 */
export async function followCommands(options: CommandAlerts): Promise<void> {
  const { releases, commands, notify, logger } = options;
  const told = new Set<string>();
  for (const { run } of await endedRuns(options)) told.add(run);
  let isLooking = false;
  const look = async (): Promise<void> => {
    for (const { run, event } of await endedRuns(options)) {
      if (told.has(run)) continue;
      told.add(run);
      notify(event);
      await commands.forget(run);
    }
  };
  releases.onLook(() => {
    if (isLooking) return;
    isLooking = true;
    look()
      .catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, "runs of commands cannot be looked for");
      })
      .finally(() => (isLooking = false));
  });
}

interface EndedRun {
  readonly run: string;
  readonly event: WebhookEvent;
}

/** Runs of commands that failed, or whose version the gate refused. */
async function endedRuns({
  registry,
  commands,
}: Pick<CommandAlerts, "registry" | "commands">): Promise<readonly EndedRun[]> {
  // Read first: a run that was killed may have stored its version just before.
  const failed = await commands.failed();
  const versions = (await registry.listModels()).flatMap((model) => model.versions);
  const stored = versions.flatMap((version) => {
    const run = textIn(version.metrics, "run");
    return run?.startsWith("command-") === true ? [{ ...version, run }] : [];
  });
  const hasVersion = new Set(stored.map(({ run }) => run));
  const refused = stored.filter(({ state }) => state === "refused");
  return [
    ...failed
      .filter(({ run }) => !hasVersion.has(run))
      .map((each) => ({ run: each.run, event: failedEvent(each) })),
    ...refused.map(({ run, model, version, metrics }) => {
      const { reasons } = readGateVerdict(objectIn(metrics, "gate") ?? {});
      return { run, event: refusedEvent({ run, model, version, reasons }) };
    }),
  ];
}

function failedEvent({
  run,
  model,
  base,
  code,
}: {
  readonly run: string;
  readonly model: string;
  readonly base: string;
  readonly code: string | null;
}): WebhookEvent {
  return { type: "training.failed", data: { run, model, base, code } };
}

function refusedEvent(data: {
  readonly run: string;
  readonly model: string;
  readonly version: string;
  readonly reasons: readonly string[];
}): WebhookEvent {
  return { type: "gate.refused", data };
}
