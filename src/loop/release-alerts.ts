// Which moves of releases others are told of: a version that was taken back, by the breaker, a gate
// or a person, one that never came to answer, and a release that goes on by no hand but a person's.

import type { Release } from "../registry/index.ts";
import type { MoveListener } from "../serving/index.ts";
import type { WebhookEvent } from "./webhooks.ts";

/** A listener for releases that passes the events among their moves on. */
export function createReleaseAlerts(notify: (event: WebhookEvent) => void): MoveListener {
  return (release, before) => {
    const { model, state, stable, canary, by, reason } = release;
    const type = state === before?.state ? undefined : typeOf(release);
    if (type === undefined) return;
    const data = { model, version: canary.version, stable: stable.version, by, reason };
    notify({ type, data });
  };
}

function typeOf({ state, why }: Release): string | undefined {
  switch (state) {
    case "rolled-back":
    case "failed":
      return `release.${state}`;
    case "paused":
      // What has passed its step and stands still was begun so that a person decides.
      return why?.code === "passed" ? "release.waiting" : "release.paused";
    default:
      return undefined;
  }
}
