// Which moves of releases others are told of: a version that was taken back, by the breaker, a gate
// or a person, and one that never came to answer.

import type { Release } from "../registry/index.ts";
import type { MoveListener } from "../serving/index.ts";
import type { WebhookEvent } from "./webhooks.ts";

const TYPES: Readonly<Partial<Record<Release["state"], string>>> = {
  "rolled-back": "release.rolled-back",
  failed: "release.failed",
};

/** A listener for releases that passes the events among their moves on. */
export function createReleaseAlerts(notify: (event: WebhookEvent) => void): MoveListener {
  return ({ model, state, stable, canary, by, reason }, before) => {
    const type = state === before?.state ? undefined : TYPES[state];
    if (type === undefined) return;
    const data = { model, version: canary.version, stable: stable.version, by, reason };
    notify({ type, data });
  };
}
