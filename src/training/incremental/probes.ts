// What suites ask as rows of tokens: probes, which decide how far an incremental training goes, and
// guards, which nothing is chosen by. The same model is asked the same ones, whatever the recipe.

import { createRandom, shuffle } from "../../base/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { AskedSuite } from "../data/asked.ts";
import { probeRow, type KeptRow } from "./rows.ts";

/** A question of a suite with its answer's length known. */
export interface Probe extends KeptRow {
  readonly suite: string;
}

export interface Probes {
  /** What decides how far to go. */
  readonly probes: readonly Probe[];
  /** What nothing is chosen by, only the verdict in the end. */
  readonly guards: readonly Probe[];
}

const PROBES_MIN = 200;

/** Some questions of each suite, the same for the same seed; `work` is that of `rowWork`. */
export function probesOf(
  suites: readonly AskedSuite[],
  {
    work,
    seed,
    ...options
  }: {
    readonly work: number;
    readonly seed: number;
    readonly tokenizer: Tokenizer;
    readonly tokensMax: number;
  },
): Probes {
  const isProbe = ({ kind }: AskedSuite): boolean => kind === "probe";
  const probeSuites = suites.filter(isProbe);
  const guardSuites = suites.filter((suite) => !isProbe(suite));
  const probeCount = Math.max(PROBES_MIN, work);
  const rowsOf = (of: readonly AskedSuite[], count: number): Probe[] =>
    of.flatMap(({ name, asked }) =>
      draw(asked, count, seed).flatMap((sample) => {
        const row = probeRow(sample, options);
        return row === undefined ? [] : [{ ...row, suite: name }];
      }),
    );
  return {
    probes: rowsOf(probeSuites, Math.ceil(probeCount / probeSuites.length)),
    guards: rowsOf(guardSuites, probeCount),
  };
}

/** Some of the items in random order, the same for the same seed. */
export function draw<T>(items: readonly T[], count: number, seed: number): T[] {
  return shuffle([...items], createRandom(seed)).slice(0, count);
}
