// Whether a version may be released: what it must not lose against the version before.

import type { FillMetrics } from "../tasks/fill-mask/index.ts";
import type { TrainingGate } from "./order.ts";

/** The most that a version may lose, as shares 0..1. */
export interface GateLimits {
  readonly top1Loss: number;
  readonly top3Loss: number;
  readonly eceRise: number;
}

export const GATE_LIMITS: GateLimits = { top1Loss: 0, top3Loss: 0.01, eceRise: 0.05 };

/**
 * Judges the metrics after a training against those before, on the same held-out samples.
 *
 * @param remarks reasons found elsewhere, each of which refuses the version as well
 */
export function judge(
  before: FillMetrics,
  after: FillMetrics,
  remarks: readonly string[] = [],
  limits: GateLimits = GATE_LIMITS,
): TrainingGate {
  const reasons = [...remarks];
  const check = (name: string, loss: number, limit: number): void => {
    // Shares of whole samples: anything smaller than rounding is no loss.
    if (loss <= limit + 1e-9) return;
    const allowed = limit === 0 ? "none is" : `${points(limit)} are`;
    reasons.push(`${name} got worse by ${points(loss)}; ${allowed} allowed`);
  };
  check("top-1", before.top1 - after.top1, limits.top1Loss);
  check("top-3", before.top3 - after.top3, limits.top3Loss);
  check("the calibration error (ECE)", after.ece - before.ece, limits.eceRise);
  return { passed: reasons.length === 0, reasons };
}

function points(share: number): string {
  return `${(100 * share).toFixed(1)} percentage points`;
}
