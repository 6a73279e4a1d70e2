// What a version forgot, told from fixed questions: per suite and over all of them.

import { mcNemar } from "../../base/index.ts";
import type { DomainQuestion } from "./domain-questions.ts";
import type { Probe } from "./probes.ts";
import type { FirstOutcome, LaterOutcome, ProbeOutcome } from "./row-loss.ts";

export interface Drift {
  readonly count: number;
  /** Shares of questions answered rightly, 0..1. */
  readonly before: number;
  readonly after: number;
  /** Share of questions whose likeliest answer changed, 0..1. */
  readonly flipRate: number;
  /** By how much the loss of the right answers rose, in nats a token. */
  readonly lossRise: number;
  /**
   * How far the distributions over the vocabulary moved at the places of the right answers: mean
   * KL(before ‖ after), in nats a token. Also where the first answer stayed the same.
   */
  readonly divergence: number;
  /** P that chance alone makes as many questions change sides: McNemar's exact test, two-sided. */
  readonly pValue: number;
}

/** Of samples that people gave a domain. */
export interface DomainDrift extends Drift {
  readonly domain: string;
  readonly on: DomainQuestion["on"];
}

export interface DriftReport {
  /** Over the probes, which decide how far to go. */
  readonly all: Drift;
  /** Of each suite, guards too. */
  readonly suites: Readonly<Record<string, Drift>>;
  /** Suites that nothing was chosen by. */
  readonly guards: readonly string[];
  /** Nothing is chosen or judged by them. */
  readonly domains: readonly DomainDrift[];
}

/** The outcomes of the same questions before and after. */
export interface Compared<T> {
  readonly asked: readonly T[];
  readonly before: readonly FirstOutcome[];
  readonly after: readonly LaterOutcome[];
}

type OfSuite = Compared<Pick<Probe, "suite">>;

export function driftReport({
  probes,
  guards,
  domains,
}: {
  readonly probes: OfSuite;
  readonly guards: OfSuite;
  readonly domains: Compared<Pick<DomainQuestion, "domain" | "on">>;
}): DriftReport {
  const bySuite = (compared: OfSuite): [string, Drift][] =>
    grouped(compared, ({ suite }) => suite).map(([{ suite }, drift]) => [suite, drift]);
  return {
    all: driftOf(pairsOf(probes)),
    suites: Object.fromEntries([...bySuite(probes), ...bySuite(guards)]),
    guards: [...new Set(guards.asked.map(({ suite }) => suite))],
    domains: grouped(domains, ({ domain, on }) => JSON.stringify([on, domain])).map(
      ([{ domain, on }, drift]) => ({ domain, on, ...drift }),
    ),
  };
}

/** How a version answers that had none before it, as far as a DriftReport tells that. */
export interface AccuracyReport {
  readonly all: Accuracy;
  readonly suites: Readonly<Record<string, Accuracy>>;
}

type Accuracy = Pick<Drift, "count" | "after">;

interface Answered {
  readonly asked: readonly Pick<Probe, "suite">[];
  readonly after: readonly ProbeOutcome[];
}

export function accuracyReport(probes: Answered, guards: Answered): AccuracyReport {
  const ofAll = (outcomes: readonly ProbeOutcome[]): Accuracy => {
    const right = outcomes.filter(({ isRight }) => isRight).length;
    return { count: outcomes.length, after: right / (outcomes.length || 1) };
  };
  const bySuite = ({ asked, after }: Answered): [string, Accuracy][] =>
    [...new Set(asked.map(({ suite }) => suite))].map((name) => {
      return [name, ofAll(after.filter((_, i) => asked[i]?.suite === name))];
    });
  return {
    all: ofAll(probes.after),
    suites: Object.fromEntries([...bySuite(probes), ...bySuite(guards)]),
  };
}

/** The drift of the questions with each key, with the first of them. */
function grouped<T>(compared: Compared<T>, keyOf: (asked: T) => string): [T, Drift][] {
  const groups = new Map<string, PairOf<T>[]>();
  for (const pair of pairsOf(compared)) {
    const key = keyOf(pair.asked);
    const group = groups.get(key) ?? [];
    group.push(pair);
    groups.set(key, group);
  }
  return [...groups.values()].map((pairs) => [(pairs[0] as PairOf<T>).asked, driftOf(pairs)]);
}

type PairOf<T> = Pair & { readonly asked: T };

function pairsOf<T>({ asked, before, after }: Compared<T>): PairOf<T>[] {
  return asked.map((each, i) => {
    return { asked: each, before: before[i] as FirstOutcome, after: after[i] as LaterOutcome };
  });
}

interface Pair {
  readonly before: FirstOutcome;
  readonly after: LaterOutcome;
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
    divergence: mean(pairs.flatMap(({ after }) => after.divergences)),
    pValue: mcNemar(lost, won),
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}
