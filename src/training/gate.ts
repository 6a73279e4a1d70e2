// Whether a version may be released: what it must not lose against the version before.

import { required } from "../base/index.ts";
import type { FillMetrics } from "../tasks/fill-mask/index.ts";
import type { Drift, DriftReport } from "./incremental/drift.ts";
import type { TrainingGate } from "./order.ts";

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
 * @param remarks reasons found elsewhere, each of which refuses the version as well
 */
export function judge(
  before: FillMetrics,
  after: FillMetrics,
  limits: GateLimits,
  remarks: readonly string[] = [],
): TrainingGate {
  const reasons = [...remarks];
  const check = (name: string, loss: number, limit: number): void => {
    if (isWithin(loss, limit)) return;
    const allowed = limit === 0 ? "none is" : `${points(limit)} are`;
    reasons.push(`${name} fell by ${points(loss)}; ${allowed} allowed`);
  };
  check("top-1", before.top1 - after.top1, limits.top1Loss);
  check("top-3", before.top3 - after.top3, limits.top3Loss);
  const gain = Math.max(0, after.top1 - before.top1);
  if (!isWithin(after.ece - before.ece, limits.eceRise + gain)) {
    reasons.push(
      `the calibration error (ECE) rose from ${before.ece.toFixed(3)} to ` +
        `${after.ece.toFixed(3)}; at most ${limits.eceRise} more than the gain of top-1 is allowed`,
    );
  }
  return { passed: reasons.length === 0, reasons };
}

/** What an incremental training forgot beyond the limits, as sentences. */
export function driftRemarks(
  { all, suites, guards }: DriftReport,
  { probeLoss, guardLoss }: GateLimits,
): string[] {
  const beyond = ({ before, after, count }: Drift, limit: number): string[] => {
    const loss = before - after;
    if (isWithin(loss, limit)) return [];
    return [
      `fell by ${points(loss)} over ${count} questions; ${(100 * limit).toFixed(1)} are allowed`,
    ];
  };
  const ofGuards = guards.flatMap((name) => {
    const drift = required(suites[name], name);
    const limit = Math.max(guardLoss, 1 / drift.count);
    return beyond(drift, limit).map((text) => `the suite ${name} ${text}`);
  });
  return [...beyond(all, probeLoss).map((text) => `the probes ${text}`), ...ofGuards];
}

/** Anything smaller than rounding is no loss. */
function isWithin(loss: number, limit: number): boolean {
  return loss <= limit + 1e-9;
}

function points(share: number): string {
  return `${(100 * share).toFixed(1)} percentage points`;
}
