// Which changes of training runs others are told of: a run that failed, a version that the gate
// refused. Each is told when it happens, however often the run is seen in that state.

import type { TrainingRun } from "../wire/index.ts";
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
  if (state === "failed") {
    return { type: "training.failed", data: { run: id, model, base, code: error?.code ?? null } };
  }
  if (state !== "finished" || result === undefined || result.gate.passed) return undefined;
  const { version, gate } = result;
  return { type: "gate.refused", data: { run: id, model, version, reasons: gate.reasons } };
}
