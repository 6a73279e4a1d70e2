// Measurements of versions on suites, for a server: one at a time, in a process of its own. What
// was measured is in the registry; here is only what goes on.

import { AppError, messageOf, type Clock, type Logger } from "../base/index.ts";
import type { ProbeRun, ProbeTrigger, Registry, ResolvedVersion } from "../registry/index.ts";
import type { ProbeWish } from "./measure-suites.ts";
import type { ProbeOutcome, RunningProbe, StartProbe } from "./start-probe.ts";

export interface ProbeRunsOptions {
  readonly registry: Pick<Registry, "dataDirectory" | "resolve" | "probes">;
  readonly startProbe: StartProbe;
  /** What is the same for every run. */
  readonly probe: Pick<ProbeWish, "filler" | "shipped">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly logger: Logger;
}

/** A measurement that goes on. */
export interface CurrentProbe {
  readonly model: string;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Questions; `total` is 0 until it is known. */
  readonly done: number;
  readonly total: number;
}

interface StartedProbe {
  readonly current: CurrentProbe;
  readonly outcome: Promise<ProbeOutcome>;
}

export class ProbeRuns {
  readonly #options: ProbeRunsOptions;
  #current: CurrentProbe | undefined;
  #process: RunningProbe | undefined;
  #failure: { readonly code: string; readonly message: string } | undefined;
  #isClosed = false;

  constructor(options: ProbeRunsOptions) {
    this.#options = options;
  }

  /** What goes on, and why the last one, or a suite of it, failed if it did. */
  status(): {
    readonly current: CurrentProbe | null;
    readonly failure: { readonly code: string; readonly message: string } | null;
  } {
    return { current: this.#current ?? null, failure: this.#failure ?? null };
  }

  /** Of a model, the newest first; throws `unknown_model`. */
  async list(reference: string, limit: number): Promise<ProbeRun[]> {
    const { id } = await this.#options.registry.resolve(reference);
    return this.#options.registry.probes.list(id, limit);
  }

  /**
   * Starts to measure "id" (its stable version) or "id@V".
   *
   * @throws AppError `conflict` while another is measured, and as `resolve`.
   */
  async start(reference: string, trigger: ProbeTrigger): Promise<StartedProbe> {
    const resolved = await this.#options.registry.resolve(reference);
    if (this.#current !== undefined) throw underWay(this.#current);
    return this.#begin(resolved, trigger);
  }

  /**
   * Measures the stable versions of models, one after the other and after what goes on; gives what
   * came of it, in a sentence. What fails with one model fails with that one alone.
   */
  async measureAll(models: readonly string[]): Promise<string> {
    const outcomes: string[] = [];
    for (const model of models) {
      try {
        const resolved = await this.#options.registry.resolve(model);
        while (this.#process !== undefined) await this.#process.outcome;
        if (this.#isClosed) break;
        const { current, outcome } = this.#begin(resolved, "schedule");
        outcomes.push(`${model}@${current.version}: ${described(await outcome)}`);
      } catch (error) {
        outcomes.push(`${model}: failed: ${messageOf(error)}`);
      }
    }
    return outcomes.length === 0 ? "no model is live" : outcomes.join("; ");
  }

  /** While nothing else is measured. */
  #begin({ id: model, version }: ResolvedVersion, trigger: ProbeTrigger): StartedProbe {
    const { registry, startProbe, probe, clock, logger } = this.#options;
    const startedAt = new Date(clock.nowMs()).toISOString();
    const current = { model, version, startedAt, done: 0, total: 0 };
    const order = { ...probe, reference: `${model}@${version}`, trigger };
    this.#current = current;
    this.#failure = undefined;
    const started = startProbe(
      { ...order, dataDirectory: registry.dataDirectory },
      (done, total) => (this.#current = { ...current, done, total }),
    );
    const outcome = started.outcome.then((ended) => {
      this.#current = undefined;
      this.#process = undefined;
      const wrong = ended.kind === "failed" ? ended : ended.leftOut[0];
      if (wrong !== undefined) this.#failure = { code: wrong.code, message: wrong.message };
      logger.info({ model, version, outcome: ended.kind }, "suites measured");
      return ended;
    });
    this.#process = { outcome, kill: () => started.kill() };
    return { current, outcome };
  }

  /** Ends what goes on; nothing of it is kept. */
  close(): void {
    this.#isClosed = true;
    this.#process?.kill();
  }
}

function described(outcome: ProbeOutcome): string {
  if (outcome.kind === "failed") return `failed: ${outcome.message}`;
  const { run, leftOut } = outcome;
  const { results } = run;
  const count = results.reduce((sum, result) => sum + result.count, 0);
  const right = results.reduce((sum, result) => sum + result.top1 * result.count, 0);
  const without = leftOut.map(({ message }) => `, left out: ${message}`).join("");
  return `${Math.round(right)} of ${count} questions right${without}`;
}

function underWay({ model, version }: CurrentProbe): AppError {
  return new AppError("conflict", `${model}@${version} is being measured; wait for its end.`, {
    details: { model, version },
  });
}
