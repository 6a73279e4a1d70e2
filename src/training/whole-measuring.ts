// What a version makes of the samples held out and of the suites, all of its weights in one
// session: for recipes that change them all. It asks what incremental trainings ask, in the same
// way.

import { systemClock } from "../base/index.ts";
import {
  createFiller,
  evaluateFiller,
  openFillerParts,
  type FillMetrics,
  type Sample,
} from "../tasks/fill-mask/index.ts";
import type { DomainQuestion } from "./incremental/domain-questions.ts";
import {
  accuracyReport,
  driftReport,
  type AccuracyReport,
  type DriftReport,
} from "./incremental/drift.ts";
import type { Probes } from "./incremental/probes.ts";
import {
  comparedOutcomes,
  firstOutcomes,
  firstOutcomesOf,
  wholeScoring,
  type RowScoring,
} from "./incremental/row-loss.ts";
import type { Measured } from "./incremental/measuring.ts";
import type { RunControl } from "./recipes/recipe.ts";
import { stepReporter } from "./step-reporter.ts";

/** Everything that a run measures with. */
export interface Measures extends Probes {
  readonly heldOut: readonly Sample[];
  readonly domains: readonly DomainQuestion[];
}

/** What a version can do, as it is remembered between attempts. */
export interface MeasuredBefore extends Measured {
  readonly seconds: number;
}

export interface MeasuredAfter {
  readonly metrics: FillMetrics;
  /** Undefined for a version that had none before it. */
  readonly drift: DriftReport | undefined;
  /** Of such a version. */
  readonly accuracy: AccuracyReport | undefined;
  readonly seconds: number;
}

export class WholeMeasurer {
  readonly #measures: Measures;
  readonly #threads: number;
  readonly #control: RunControl;

  constructor(measures: Measures, threads: number, control: RunControl) {
    this.#measures = measures;
    this.#threads = threads;
    this.#control = control;
  }

  /** The version in `directory`, which the run begins with. */
  before(directory: string): Promise<MeasuredBefore> {
    return this.#measured("before", directory, (scoring) =>
      firstOutcomesOf(this.#measures, scoring),
    );
  }

  /** The version that came out, against the one before where there was one. */
  after(directory: string, before: MeasuredBefore | undefined): Promise<MeasuredAfter> {
    const { probes, guards, domains } = this.#measures;
    return this.#measured("after", directory, async (scoring) => {
      if (before === undefined) {
        const accuracy = accuracyReport(
          { asked: probes, after: await firstOutcomes(probes, scoring) },
          { asked: guards, after: await firstOutcomes(guards, scoring) },
        );
        return { drift: undefined, accuracy };
      }
      const drift = driftReport({
        probes: await comparedOutcomes(probes, before.probes, scoring),
        guards: await comparedOutcomes(guards, before.guards, scoring),
        domains: await comparedOutcomes(domains, before.domains, scoring),
      });
      return { drift, accuracy: undefined };
    });
  }

  /** Samples as a person asks them, then questions as rows; all of them are one phase. */
  async #measured<T>(
    phase: "before" | "after",
    directory: string,
    ask: (scoring: RowScoring) => Promise<T>,
  ): Promise<T & { readonly metrics: FillMetrics; readonly seconds: number }> {
    const { heldOut, probes, guards, domains } = this.#measures;
    const startMs = systemClock.monotonicMs();
    const parts = await openFillerParts(directory, { threads: this.#threads, precision: "fp32" });
    using filler = createFiller(parts);
    const rowCount = probes.length + guards.length + domains.length;
    const step = stepReporter(phase, { total: heldOut.length + rowCount, control: this.#control });
    const metrics = await evaluateFiller(filler, heldOut, step);
    let done = heldOut.length;
    const whole = wholeScoring(parts.scorer);
    const outcomes = await ask({
      ...whole,
      score: async (rows) => {
        const logits = await whole.score(rows);
        step((done += rows.length));
        return logits;
      },
    });
    return { ...outcomes, metrics, seconds: (systemClock.monotonicMs() - startMs) / 1000 };
  }
}
