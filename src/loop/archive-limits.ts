// What a version is weak in, proposed from its measurements for a person to confirm or replace.

import { formatPercent, formatPoints } from "../base/index.ts";
import type { ArchivedDrift, ArchivedLimit, VersionArchive } from "../wire/index.ts";

/** A suite that fell is named when chance alone does so this rarely. */
const P_VALUE_MAX = 0.05;
/** Confidence that is further off than this misleads. */
const ECE_MAX = 0.1;

/** Limits from the most to the least pressing. */
export function proposedLimits({
  metrics,
  drift,
  probes,
  gate,
}: Pick<VersionArchive, "metrics" | "drift" | "probes" | "gate">): ArchivedLimit[] {
  if (metrics === null && drift === null && probes === null) {
    const text = "Nothing was measured when this version was made.";
    return [{ kind: "unmeasured", text, suite: null, value: null }];
  }
  const suites = drift?.suites ?? [];
  return [
    ...gateLimits(gate),
    ...suites
      .filter(({ difference, pValue }) => difference < 0 && pValue <= P_VALUE_MAX)
      .toSorted((a, b) => a.difference - b.difference)
      .map(fell),
    ...few(metrics),
    ...weakest([
      ...suites.map(({ suite, count, after }) => ({ suite, count, share: after })),
      ...(probes?.results ?? []).map(({ suite, count, top1 }) => ({ suite, count, share: top1 })),
    ]),
    ...overconfident(metrics),
    ...calibration(metrics),
  ];
}

function gateLimits(gate: VersionArchive["gate"]): ArchivedLimit[] {
  const { reasons = [], findings } = gate ?? {};
  return reasons.map((text, i) => {
    const finding = findings?.[i];
    return { kind: "gate", text, suite: null, value: null, ...(finding && { finding }) };
  });
}

function fell({ suite, before, after, difference, pValue }: ArchivedDrift): ArchivedLimit {
  const shares = [before, after].map(formatPercent).join(" → ");
  const chance = `p = ${pValue.toPrecision(2)}`;
  const text = `Suite ${suite} fell by ${points(difference)}: ${shares}, ${chance}.`;
  return { kind: "fell", text, suite, value: difference };
}

function few(metrics: VersionArchive["metrics"]): ArchivedLimit[] {
  if (metrics?.on !== "training") return [];
  const { count } = metrics;
  const samples = count === 1 ? "1 sample" : `${count} samples`;
  const text =
    `It was measured on the ${samples} that it learned, too few to hold any out: nothing tells ` +
    "what it makes of other sentences like them.";
  return [{ kind: "few", text, suite: null, value: count }];
}

/** `share`: of the questions, answered rightly, 0..1. */
interface Answered {
  readonly suite: string | null;
  readonly count: number;
  readonly share: number;
}

function weakest(suites: readonly Answered[]): ArchivedLimit[] {
  const [worst] = suites.toSorted((a, b) => a.share - b.share);
  if (worst === undefined) return [];
  const { suite, share, count } = worst;
  const text = `Weakest suite: ${suite}, ${formatPercent(share)} of ${count} questions right.`;
  return [{ kind: "weakest", text, suite, value: share }];
}

function overconfident(metrics: VersionArchive["metrics"]): ArchivedLimit[] {
  const value = afterOf(metrics, "overconfidentErrors");
  if (value === undefined || value === 0) return [];
  const text =
    `${value} of ${metrics?.count ?? 0} measured answers were wrong although the confidence ` +
    "was 0.95 or more.";
  return [{ kind: "overconfident", text, suite: null, value }];
}

function calibration(metrics: VersionArchive["metrics"]): ArchivedLimit[] {
  const value = afterOf(metrics, "ece");
  if (value === undefined || value <= ECE_MAX) return [];
  const text = `Confidence and accuracy differ by ${points(value)} on average (ECE).`;
  return [{ kind: "calibration", text, suite: null, value }];
}

function afterOf(metrics: VersionArchive["metrics"], name: string): number | undefined {
  return metrics?.rows.find((row) => row.name === name)?.after;
}

function points(difference: number): string {
  return `${formatPoints(Math.abs(difference))} percentage points`;
}
