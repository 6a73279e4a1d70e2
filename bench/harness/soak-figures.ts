// What hours of service under load come to.

import type { Held, MemorySample } from "./held.ts";
import type { Seen } from "./open-loop.ts";
import { median, quantile, rounded } from "./report.ts";

export interface Soaked {
  readonly seen: readonly Seen[];
  /** Taken while one version answered and no release was under way, in order. */
  readonly samples: readonly MemorySample[];
  /** The server at rest, before the load and after it. */
  readonly before: Held;
  readonly after: Held;
  /** Releases that went all the way, to the new version or back from it. */
  readonly swaps: number;
  /** The versions that trainings made meanwhile. */
  readonly trained: readonly string[];
}

export function figuresOf({
  seen,
  samples,
  before,
  after,
  swaps,
  trained,
}: Soaked): Record<string, number> {
  const answered = seen.filter(({ status }) => status === 200);
  const times = answered.map(({ ms }) => ms);
  const { gateway, replicas } = quartersOf(samples);
  const versions = new Set(answered.map(({ version }) => version));
  return {
    requests: seen.length,
    failed: seen.length - answered.length,
    p50Ms: rounded(quantile(times, 0.5)),
    p99Ms: rounded(quantile(times, 0.99)),
    swaps,
    trainings: trained.length,
    trainedAnswering: trained.filter((version) => versions.has(version)).length,
    memoryRatio: growthOf(gateway.map((bytes, quarter) => bytes + (replicas[quarter] ?? 0))),
    gatewayMemoryRatio: growthOf(gateway),
    replicaMemoryRatio: growthOf(replicas),
    leaks: leaksOf(before, after).length,
  };
}

/** Minutes of UTC, ISO 8601 → requests that were not answered: in bursts, or all along. */
export function failedByMinute(seen: readonly Seen[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, atMs } of seen) {
    if (status === 200) continue;
    const minute = new Date(atMs).toISOString().slice(0, "2026-01-01T00:00".length);
    counts[minute] = (counts[minute] ?? 0) + 1;
  }
  return counts;
}

/** Medians of the four quarters of the time, bytes. */
export function quartersOf(samples: readonly MemorySample[]): {
  readonly gateway: readonly number[];
  readonly replicas: readonly number[];
} {
  const at = (share: number): number => (share * samples.length) / 4;
  const quarters = [0, 1, 2, 3].map((i) => samples.slice(Math.floor(at(i)), Math.ceil(at(i + 1))));
  return {
    gateway: quarters.map((each) => median(each.map(({ gatewayBytes }) => gatewayBytes))),
    replicas: quarters.map((each) => median(each.map(({ replicaBytes }) => replicaBytes))),
  };
}

/** The last quarter against the first. */
function growthOf(quarters: readonly number[]): number {
  return rounded((quarters.at(-1) ?? NaN) / (quarters[0] ?? NaN));
}

/** What is held afterwards and was not before, a line each. */
export function leaksOf(before: Held, after: Held): string[] {
  const known = new Set(before.leftovers);
  const grown = (["processes", "handles"] as const)
    .filter((field) => after[field] > before[field])
    .map((field) => `${after[field]} ${field}, ${before[field]} before`);
  return [...grown, ...after.leftovers.filter((file) => !known.has(file))];
}
