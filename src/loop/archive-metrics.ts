// Reads the metrics of a version, which are whatever the program that made it knew of: an older
// one stored less.

import type { Interval } from "../base/index.ts";
import type { ArchivedDrift, VersionArchive } from "../wire/index.ts";

export type Facts = Readonly<Record<string, unknown>>;

/** Undefined unless the field is an object. */
export function objectIn(facts: Facts | undefined, field: string): Facts | undefined {
  const value = facts?.[field];
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as Facts) : undefined;
}

/** The objects of a list; none where there is no list. */
export function listIn(facts: Facts | undefined, field: string): readonly Facts[] {
  const value = facts?.[field];
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is Facts => typeof each === "object" && each !== null);
}

/** Null unless the field is a number. */
export function numberIn(facts: Facts | undefined, field: string): number | null {
  const value = facts?.[field];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Null unless the field is a text. */
export function textIn(facts: Facts | undefined, field: string): string | null {
  const value = facts?.[field];
  return typeof value === "string" ? value : null;
}

/** Null unless the field has two bounds. */
export function intervalIn(facts: Facts | undefined, field: string): Interval | null {
  const interval = objectIn(facts, field);
  const [low, high] = [numberIn(interval, "low"), numberIn(interval, "high")];
  return low === null || high === null ? null : { low, high };
}

/** What a version forgot, per suite and over all; null when no probes were asked. */
export function driftIn(facts: Facts): VersionArchive["drift"] {
  const drift = objectIn(facts, "drift");
  const all = objectIn(drift, "all");
  const suites = objectIn(drift, "suites");
  if (all === undefined || suites === undefined || numberIn(all, "count") === 0) return null;
  return {
    all: { suite: null, ...figuresOf(all) },
    suites: Object.keys(suites).map((suite) => {
      return { suite, ...figuresOf(objectIn(suites, suite)) };
    }),
    domains: listIn(drift, "domains").flatMap((each) => {
      const [domain, on] = [textIn(each, "domain"), textIn(each, "on")];
      const isKnown = domain !== null && (on === "held-out" || on === "earlier");
      return isKnown ? [{ domain, on, ...figuresOf(each) }] : [];
    }),
  };
}

function figuresOf(facts: Facts | undefined): Omit<ArchivedDrift, "suite"> {
  const [before, after] = [numberIn(facts, "before") ?? 0, numberIn(facts, "after") ?? 0];
  return {
    count: numberIn(facts, "count") ?? 0,
    before,
    after,
    difference: after - before,
    flipRate: numberIn(facts, "flipRate") ?? 0,
    lossRise: numberIn(facts, "lossRise") ?? 0,
    divergence: numberIn(facts, "divergence"),
    pValue: numberIn(facts, "pValue") ?? 1,
  };
}
