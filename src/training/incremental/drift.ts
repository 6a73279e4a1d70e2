// What a version forgot, told from fixed questions: per suite and over all of them.

import type { Probe } from "./material.ts";
import type { ProbeOutcome } from "./row-loss.ts";

export interface Drift {
  readonly count: number;
  /** Shares of questions answered rightly, 0..1. */
  readonly before: number;
  readonly after: number;
  /** Share of questions whose likeliest answer changed, 0..1. */
  readonly flipRate: number;
  /** By how much the loss of the right answers rose, in nats a token. */
  readonly lossRise: number;
  /** P that chance alone makes as many questions change sides: McNemar's exact test, two-sided. */
  readonly pValue: number;
}

export interface DriftReport {
  /** Over the probes, which decide how far to go. */
  readonly all: Drift;
  /** Of each suite, guards too. */
  readonly suites: Readonly<Record<string, Drift>>;
  /** Suites that nothing was chosen by. */
  readonly guards: readonly string[];
}

/** The outcomes of the same questions before and after. */
export interface Compared {
  readonly asked: readonly Pick<Probe, "suite">[];
  readonly before: readonly ProbeOutcome[];
  readonly after: readonly ProbeOutcome[];
}

export function driftReport(probes: Compared, guards: Compared): DriftReport {
  const bySuite = (compared: Compared): [string, Drift][] =>
    suiteNames(compared).map((name) => {
      return [name, driftOf(pairsOf(compared).filter(({ suite }) => suite === name))];
    });
  return {
    all: driftOf(pairsOf(probes)),
    suites: Object.fromEntries([...bySuite(probes), ...bySuite(guards)]),
    guards: suiteNames(guards),
  };
}

function suiteNames({ asked }: Compared): string[] {
  return [...new Set(asked.map(({ suite }) => suite))];
}

function pairsOf({ asked, before, after }: Compared): (Pair & { readonly suite: string })[] {
  return asked.map(({ suite }, i) => {
    return { suite, before: before[i] as ProbeOutcome, after: after[i] as ProbeOutcome };
  });
}

interface Pair {
  readonly before: ProbeOutcome;
  readonly after: ProbeOutcome;
}

function driftOf(pairs: readonly Pair[]): Drift {
  const share = (holds: (pair: Pair) => boolean): number =>
    pairs.length === 0 ? 0 : pairs.filter(holds).length / pairs.length;
  const lost = pairs.filter(({ before, after }) => before.isRight && !after.isRight).length;
  const won = pairs.filter(({ before, after }) => !before.isRight && after.isRight).length;
  const losses = (side: keyof Pair): number => mean(pairs.flatMap((pair) => pair[side].losses));
  return {
    count: pairs.length,
    before: share(({ before }) => before.isRight),
    after: share(({ after }) => after.isRight),
    flipRate: share(({ before, after }) => before.top.join() !== after.top.join()),
    lossRise: losses("after") - losses("before"),
    pValue: mcNemar(lost, won),
  };
}

/** Twice the tail of a fair coin thrown once per question that changed sides (McNemar 1947). */
export function mcNemar(lost: number, won: number): number {
  const count = lost + won;
  let term = 2 ** -count;
  let tail = 0;
  for (let k = 0; k <= Math.min(lost, won); k++) {
    tail += term;
    term *= (count - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
