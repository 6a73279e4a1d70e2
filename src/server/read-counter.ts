// A counter that somebody else counts, read when it is asked for.

import { Counter, type Registry } from "prom-client";

export interface ReadCounter {
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  /** By value of the label. */
  readonly values: () => Readonly<Record<string, number>>;
}

export function addReadCounter(
  register: Registry,
  { name, help, label, values }: ReadCounter,
): void {
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    registers: [register],
    collect: () => {
      counter.reset();
      for (const [value, count] of Object.entries(values())) {
        counter.inc(label === undefined ? {} : { [label]: value }, count);
      }
    },
  });
}
