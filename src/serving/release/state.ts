// The way of a release, as a pure function of where it is and what has happened. Nothing is
// started, written or measured here.

import { AppError } from "../../base/index.ts";
import type { Doer, Release } from "../../registry/index.ts";
import { describeReason, type ReleaseReason, type ReleaseState } from "../../wire/index.ts";

/**
 * opened, warmed: the canary's processes can answer, and are run in. broken: they cannot. passed,
 * inconclusive: a step has lasted and the gates said so. failed: a gate or the breaker said no. The
 * others are a person's.
 */
export type ReleaseEvent =
  | { readonly kind: "opened" | "warmed" | "broken" | "passed" | "inconclusive" | "failed" }
  | { readonly kind: "pause" | "resume" | "rollback" }
  /** To a share of 0..1; without one to the end. */
  | { readonly kind: "promote"; readonly share?: number | undefined };

export interface Position extends Pick<Release, "state" | "share"> {
  /** Where that has changed. */
  readonly waits?: boolean;
}

/** Who moves a release, and why. */
export interface Mover extends Doer {
  readonly why: ReleaseReason;
}

type Stage = Pick<Release, "state" | "share" | "steps" | "isShadow" | "waits">;

const GONE: Readonly<Record<"rolled-back" | "failed", Position>> = {
  "rolled-back": { state: "rolled-back", share: 0 },
  failed: { state: "failed", share: 0 },
};
const PROMOTED: Position = { state: "promoted", share: 1 };

/** States that end a release; a promoted one can still be switched back. */
export function hasEnded(state: ReleaseState): boolean {
  return state === "promoted" || state === "rolled-back" || state === "failed";
}

/** A release after an event at `nowMs`; undefined when that means nothing where it is. */
export function releaseAfter(
  release: Release,
  event: ReleaseEvent,
  { by, key, why, nowMs }: Mover & { readonly nowMs: number },
): Release | undefined {
  const position = nextPosition(release, event);
  if (position === undefined) return undefined;
  const since = new Date(nowMs).toISOString();
  return { ...release, ...position, since, by, key, reason: describeReason(why), why };
}

/** Where a release goes from where it is; undefined when the event means nothing there. */
export function nextPosition(release: Stage, event: ReleaseEvent): Position | undefined {
  const { state, share, steps, isShadow } = release;
  const answers = state === "canary" || state === "paused";
  switch (event.kind) {
    case "opened":
      return state === "loading" ? { state: "warm", share: 0 } : undefined;
    case "warmed":
      if (state !== "warm") return undefined;
      return { state: "canary", share: isShadow ? 0 : (steps[0] ?? 1) };
    case "broken":
      if (state === "loading" || state === "warm") return GONE.failed;
      return answers ? GONE["rolled-back"] : undefined;
    case "passed":
      // At a share of 0 it only shadows, until a person gives it one.
      if (state !== "canary" || share === 0) return undefined;
      return afterStep(release);
    case "inconclusive":
    case "pause":
      return state === "canary" ? { state: "paused", share } : undefined;
    case "resume":
      // Whom it waited for is here, and need not come again after the same step.
      return state === "paused" ? { state: "canary", share, waits: false } : undefined;
    case "failed":
      return answers || state === "promoted" ? GONE["rolled-back"] : undefined;
    case "promote":
      return answers ? promotedTo(event.share) : undefined;
    case "rollback":
      return state === "rolled-back" || state === "failed" ? undefined : GONE["rolled-back"];
  }
}

function afterStep({ steps, share, waits }: Stage): Position {
  if (waits && share <= (steps[0] ?? 0)) return { state: "paused", share };
  const next = steps.find((step) => step > share);
  return next === undefined ? PROMOTED : { state: "canary", share: next };
}

function promotedTo(share: number | undefined): Position {
  return share === undefined ? PROMOTED : { state: "canary", share };
}

/** What a person is told whose wish means nothing where the release is. */
export function notNow(release: Release, kind: ReleaseEvent["kind"]): AppError {
  const { model, canary, state } = release;
  const wanted = { promote: "promoted", pause: "paused", resume: "resumed" }[kind as string];
  return new AppError(
    "conflict",
    `The release of ${model}@${canary.version} is ${state} and cannot be ${wanted ?? kind} now. ` +
      "GET /api/deployments says where each release is.",
    { details: { model, version: canary.version, state } },
  );
}
