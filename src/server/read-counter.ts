// A counter that somebody else counts, read when it is asked for.

import { Counter, type Registry } from "prom-client";

export interface ReadCounter {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly values: () => readonly CountOf[];
}

/** How often something happened, with a value for each label. */
export interface CountOf {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
}

/** Counts by the value of one label. */
export function countsBy(label: string, counts: Readonly<Record<string, number>>): CountOf[] {
  return Object.entries(counts).map(([value, count]) => ({ labels: { [label]: value }, count }));
}

export function addReadCounter(
  register: Registry,
  { name, help, labels: labelNames = [], values }: ReadCounter,
): void {
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [register],
    collect: () => {
      counter.reset();
      for (const { labels, count } of values()) counter.inc(labels, count);
    },
  });
}
