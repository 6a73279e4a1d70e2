// What versions made of suites over time. Each run is compared with the one before it here, since
// only here the answers of both are known.

import { mcNemar } from "../base/index.ts";
import type { MeasuredSuite, PairedTest, ProbeResult, ProbeRun } from "./probe-types.ts";
import {
  insertProbeRun,
  selectLatestAnswers,
  selectProbeRuns,
  type EarlierAnswers,
} from "./stores/probe-queries.ts";
import type { Store } from "./stores/sqlite.ts";

export class ProbeStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Keeps a run; gives it with what has changed since the one before, and another version. */
  async add(run: Omit<ProbeRun, "results">, measured: readonly MeasuredSuite[]): Promise<ProbeRun> {
    return this.#store.transact(async (db) => {
      const results: (ProbeResult & Pick<MeasuredSuite, "answers">)[] = [];
      for (const { accepted, ...suite } of measured) {
        const { model, version: otherThan } = run;
        const before = await selectLatestAnswers(db, { model, ...suite });
        const other = await selectLatestAnswers(db, { model, otherThan, ...suite });
        const flips = suite.answers.filter((answer, i) => answer !== before?.answers[i]).length;
        results.push({
          ...suite,
          flipRate: before === undefined ? null : flips / (suite.count || 1),
          previousVersion: before?.version ?? null,
          paired: other === undefined ? null : pairedTest(other, suite.answers, accepted),
        });
      }
      await insertProbeRun(db, { ...run, results });
      return { ...run, results: results.map(({ answers: _answers, ...result }) => result) };
    });
  }

  /** Of one model, or of one version of it, the newest first. */
  async list(model: string, limit: number, version?: string): Promise<ProbeRun[]> {
    return selectProbeRuns(this.#store.db, { model, version, limit });
  }
}

function pairedTest(
  { version, answers: others }: EarlierAnswers,
  answers: readonly string[],
  accepted: MeasuredSuite["accepted"],
): PairedTest {
  const isRight = (given: readonly string[], i: number): boolean =>
    accepted[i]?.includes(given[i] ?? "") ?? false;
  const changed = accepted.flatMap((_, i) => {
    const [was, is] = [isRight(others, i), isRight(answers, i)];
    return was === is ? [] : [is];
  });
  const won = changed.filter((is) => is).length;
  const lost = changed.length - won;
  return { version, lost, won, pValue: mcNemar(lost, won) };
}
