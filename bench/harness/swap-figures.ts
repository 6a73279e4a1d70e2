// What the swaps of a version under load come to.

import { createRandom } from "../../src/base/index.ts";
import type { Deployment } from "../../src/wire/index.ts";
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
  /** From the command to where the new version is run in and takes all requests. */
  readonly loadFromMs: number;
  readonly loadToMs: number;
  /** Of the command for the way back. */
  readonly backAtMs: number;
}

/** A release through all steps. */
export interface WholeRelease {
  /** Where it ended; only "promoted" is all the way. */
  readonly state: Deployment["state"];
  /** Of the command for the way back; undefined where it had gone back by itself. */
  readonly backAtMs: number | undefined;
}

interface Measured {
  /** First answers without load, ms. */
  readonly idle: readonly number[];
  readonly swaps: readonly Swap[];
  readonly release: WholeRelease;
}

export function figuresOf(
  seen: readonly Seen[],
  { idle, swaps, release }: Measured,
): Record<string, number> {
  const rounds = swaps.map((swap) => stableTimes(seen, swap));
  const [low, high] = bootstrap(rounds);
  const backs = backTimes(seen, { swaps, release });
  return {
    failed: seen.filter(({ status }) => status !== 200).length,
    requests: seen.length,
    firstAnswerMs: rounded(median(idle)),
    firstAnswerUnderLoadMs: rounded(median(swaps.map(({ firstMs }) => firstMs))),
    switchBackMs: rounded(Math.max(...backs)),
    stableP99Ratio: rounded(p99Ratio(rounds)),
    stableP99RatioLow: rounded(low),
    stableP99RatioHigh: rounded(high),
    promoted: release.state === "promoted" ? 1 : 0,
  };
}

/** How long the new version still answered after each command for the way back, ms. */
export function backTimes(
  seen: readonly Seen[],
  { swaps, release }: Pick<Measured, "swaps" | "release">,
): readonly number[] {
  const commands = [...swaps, release].flatMap(({ backAtMs }) => backAtMs ?? []);
  return commands.map((atMs) => lastAfter(seen, atMs));
}

/** How long after the command for the way back the new version still answered. */
function lastAfter(seen: readonly Seen[], backAtMs: number): number {
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

/**
 * By the whole time that a request took, from when it was due: one that had to wait for the load is
 * of the load, however late it was answered. What was answered before the command is of the quiet.
 */
function stableTimes(seen: readonly Seen[], swap: Swap): Round {
  const { quietFromMs, loadFromMs, loadToMs } = swap;
  const stable = seen.filter(({ version }) => version === STABLE);
  const isOfLoad = ({ atMs, ms }: Seen): boolean => atMs >= loadFromMs && atMs - ms < loadToMs;
  const isOfQuiet = ({ atMs }: Seen): boolean => atMs >= quietFromMs && atMs < loadFromMs;
  return {
    quiet: stable.filter(isOfQuiet).map(({ ms }) => ms),
    loading: stable.filter(isOfLoad).map(({ ms }) => ms),
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
