// Whether a version may be released: what it must not lose against the version before.

import { required } from "../base/index.ts";
import type { FillMetrics } from "../tasks/fill-mask/index.ts";
import { gateVerdict, type GateFinding, type GateVerdict } from "../wire/index.ts";
import type { Drift, DriftReport } from "./incremental/drift.ts";

/** The most that a version may lose, as shares 0..1. */
export interface GateLimits {
  readonly top1Loss: number;
  readonly top3Loss: number;
  /** Beyond what top-1 gains: a model that knows nothing, and says so, is perfectly calibrated. */
  readonly eceRise: number;
  /** Of all probes together. */
  readonly probeLoss: number;
  /** Of the golden set and of each suite that people added; one question is always allowed. */
  readonly guardLoss: number;
}

/**
 * Judges the metrics after a training against those before, on the same held-out samples.
 *
 * @param remarks what was found elsewhere, each of which refuses the version as well
 */
export function judge(
  before: FillMetrics,
  after: FillMetrics,
  limits: GateLimits,
  remarks: readonly GateFinding[] = [],
): GateVerdict {
  const fell = (name: "top1" | "top3", allowed: number): GateFinding[] => {
    const values = { before: before[name], after: after[name] };
    if (isWithin(values.before - values.after, allowed)) return [];
    return [{ code: `${name}-fell`, ...values, allowed }];
  };
  const gain = Math.max(0, after.top1 - before.top1);
  const ece = { before: before.ece, after: after.ece, allowed: limits.eceRise };
  return gateVerdict([
    ...remarks,
    ...fell("top1", limits.top1Loss),
    ...fell("top3", limits.top3Loss),
    ...(isWithin(ece.after - ece.before, ece.allowed + gain)
      ? []
      : [{ code: "ece-rose", ...ece } as const]),
  ]);
}

/** What an incremental training forgot beyond the limits. */
export function driftRemarks(
  { all, suites, guards }: DriftReport,
  { probeLoss, guardLoss }: GateLimits,
): GateFinding[] {
  const beyond = ({ before, after, count }: Drift, allowed: number) =>
    isWithin(before - after, allowed) ? [] : [{ before, after, allowed, count }];
  const ofGuards = guards.flatMap((suite) => {
    const drift = required(suites[suite], suite);
    const allowed = Math.max(guardLoss, 1 / drift.count);
    return beyond(drift, allowed).map((fell) => ({ code: "suite-fell", suite, ...fell }) as const);
  });
  const ofProbes = beyond(all, probeLoss).map(
    (fell) => ({ code: "probes-fell", ...fell }) as const,
  );
  return [...ofProbes, ...ofGuards];
}

/** Anything smaller than rounding is no loss. */
function isWithin(loss: number, limit: number): boolean {
  return loss <= limit + 1e-9;
}
