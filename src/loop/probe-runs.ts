// Measurements of versions on suites, for a server: one at a time, in a process of its own. What
// was measured is in the registry; here is only what goes on.

import { AppError, type Clock, type Logger } from "../base/index.ts";
import type { ProbeRun, ProbeTrigger, Registry } from "../registry/index.ts";
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

export class ProbeRuns {
  readonly #options: ProbeRunsOptions;
  #current: CurrentProbe | undefined;
  #process: RunningProbe | undefined;
  #failure: { readonly code: string; readonly message: string } | undefined;

  constructor(options: ProbeRunsOptions) {
    this.#options = options;
  }

  /** What goes on, and why the last one failed if it did. */
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
  async start(
    reference: string,
    trigger: ProbeTrigger,
  ): Promise<{ readonly current: CurrentProbe; readonly outcome: Promise<ProbeOutcome> }> {
    const { registry, startProbe, probe, clock, logger } = this.#options;
    const { id: model, version } = await registry.resolve(reference);
    if (this.#current !== undefined) throw underWay(this.#current);
    const startedAt = new Date(clock.nowMs()).toISOString();
    const current = { model, version, startedAt, done: 0, total: 0 };
    const order = { ...probe, reference: `${model}@${version}`, trigger };
    this.#current = current;
    this.#failure = undefined;
    this.#process = startProbe(
      { ...order, dataDirectory: registry.dataDirectory },
      (done, total) => (this.#current = { ...current, done, total }),
    );
    const outcome = this.#process.outcome.then((ended) => {
      this.#current = undefined;
      this.#process = undefined;
      if (ended.kind === "failed") this.#failure = { code: ended.code, message: ended.message };
      logger.info({ model, version, outcome: ended.kind }, "suites measured");
      return ended;
    });
    return { current, outcome };
  }

  /** Measures the stable versions of models; gives what came of it, in a sentence. */
  async measureAll(models: readonly string[]): Promise<string> {
    const outcomes: string[] = [];
    for (const model of models) {
      const { current, outcome } = await this.start(model, "schedule");
      outcomes.push(`${model}@${current.version}: ${described(await outcome)}`);
    }
    return outcomes.length === 0 ? "no model is live" : outcomes.join("; ");
  }

  /** Ends what goes on; nothing of it is kept. */
  close(): void {
    this.#process?.kill();
  }
}

function described(outcome: ProbeOutcome): string {
  if (outcome.kind === "failed") return `failed: ${outcome.message}`;
  const { results } = outcome.run;
  const count = results.reduce((sum, result) => sum + result.count, 0);
  const right = results.reduce((sum, result) => sum + result.top1 * result.count, 0);
  return `${Math.round(right)} of ${count} questions right`;
}

function underWay({ model, version }: CurrentProbe): AppError {
  return new AppError("conflict", `${model}@${version} is being measured; wait for its end.`, {
    details: { model, version },
  });
}
