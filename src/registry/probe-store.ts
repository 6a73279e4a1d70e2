// What versions made of suites over time. Each run is compared with the one before it here, since
// only here the answers of both are known.

import type { MeasuredSuite, ProbeResult, ProbeRun } from "./probe-types.ts";
import { insertProbeRun, selectLatestAnswers, selectProbeRuns } from "./stores/probe-queries.ts";
import type { Store } from "./stores/sqlite.ts";

export class ProbeStore {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Keeps a run; gives it with what has changed since the one before. */
  async add(run: Omit<ProbeRun, "results">, measured: readonly MeasuredSuite[]): Promise<ProbeRun> {
    return this.#store.transact(async (db) => {
      const results: (ProbeResult & { readonly answers: readonly string[] })[] = [];
      for (const suite of measured) {
        const before = await selectLatestAnswers(db, { model: run.model, ...suite });
        const flips = suite.answers.filter((answer, i) => answer !== before?.answers[i]).length;
        results.push({
          ...suite,
          flipRate: before === undefined ? null : flips / (suite.count || 1),
          previousVersion: before?.version ?? null,
        });
      }
      await insertProbeRun(db, { ...run, results });
      return { ...run, results: results.map(({ answers: _answers, ...result }) => result) };
    });
  }

  /** Of one model, the newest first. */
  async list(model: string, limit: number): Promise<ProbeRun[]> {
    return selectProbeRuns(this.#store.db, { model, limit });
  }
}
