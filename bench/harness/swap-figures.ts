// What the swaps of a version under load come to.

import { createRandom } from "../../src/base/index.ts";
import type { Seen } from "./open-loop.ts";
import { median, quantile, rounded } from "./report.ts";

const [STABLE, CANARY] = ["1", "2"] as const;
/** Answers of the old version that may still come after the command for the way back. */
const BACK_MS = 1500;
const RESAMPLES = 2000;

/** A version that was loaded all at once and taken back. Times are milliseconds since 1970. */
export interface Swap {
  /** From the command to the first answer of the new version. */
  readonly firstMs: number;
  /** The beginning of the quiet before it. */
  readonly quietFromMs: number;
  /** From the command to the first answer. */
  readonly loadFromMs: number;
  readonly loadToMs: number;
  /** Of the command for the way back. */
  readonly backAtMs: number;
}

interface Measured {
  /** First answers without load, ms. */
  readonly idle: readonly number[];
  readonly swaps: readonly Swap[];
  readonly release: Pick<Swap, "backAtMs">;
}

export function figuresOf(
  seen: readonly Seen[],
  { idle, swaps, release }: Measured,
): Record<string, number> {
  const rounds = swaps.map((swap) => stableTimes(seen, swap));
  const [low, high] = bootstrap(rounds);
  const backs = [...swaps, release].map(({ backAtMs }) => lastAfter(seen, backAtMs));
  return {
    failed: seen.filter(({ status }) => status !== 200).length,
    requests: seen.length,
    firstAnswerMs: rounded(median(idle)),
    firstAnswerUnderLoadMs: rounded(median(swaps.map(({ firstMs }) => firstMs))),
    switchBackMs: rounded(Math.max(...backs)),
    stableP99Ratio: rounded(p99Ratio(rounds)),
    stableP99RatioLow: rounded(low),
    stableP99RatioHigh: rounded(high),
  };
}

/** How long after the command for the way back the new version still answered. */
export function lastAfter(seen: readonly Seen[], backAtMs: number): number {
  const late = seen.filter(({ atMs, version }) => {
    return version === CANARY && atMs >= backAtMs && atMs < backAtMs + BACK_MS;
  });
  return late.reduce((last, { atMs }) => Math.max(last, atMs - backAtMs), 0);
}

/** What the stable version's answers took in one round, ms. */
interface Round {
  readonly quiet: readonly number[];
  readonly loading: readonly number[];
}

function stableTimes(seen: readonly Seen[], swap: Swap): Round {
  const within = (fromMs: number, toMs: number): number[] =>
    seen
      .filter(({ atMs, version }) => version === STABLE && atMs >= fromMs && atMs < toMs)
      .map(({ ms }) => ms);
  return {
    quiet: within(swap.quietFromMs, swap.loadFromMs),
    loading: within(swap.loadFromMs, swap.loadToMs),
  };
}

function p99Ratio(rounds: readonly Round[]): number {
  const p99 = (pick: (round: Round) => readonly number[]): number =>
    quantile(rounds.flatMap(pick), 0.99);
  return p99(({ loading }) => loading) / p99(({ quiet }) => quiet);
}

/** The middle 95 % of what whole rounds drawn with replacement come to (Efron 1979). */
function bootstrap(rounds: readonly Round[]): readonly [number, number] {
  const random = createRandom(1);
  const ratios = Array.from({ length: RESAMPLES }, () =>
    p99Ratio(rounds.map(() => rounds[Math.floor(random.next() * rounds.length)] as Round)),
  );
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}
