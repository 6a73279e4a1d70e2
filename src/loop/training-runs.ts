// The training runs of a server: one at a time for a model, each in a process of its own, kept on
// disk so that the next server finds what this one was at. It knows nothing of HTTP.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, type Clock, type Logger } from "../base/index.ts";
import type { Registry } from "../registry/index.ts";
import type { ScrubCounts, TrainingRun } from "../wire/index.ts";
import { notesOnBlocked } from "./clean-rows.ts";
import {
  notesOnWaiting,
  standingOf,
  takeEarlier,
  takeSamples,
  type Taking,
} from "./feedback-samples.ts";
import type { JobOrder, JobOutcome } from "./job.ts";
import { notNow, samplesChanged, trainingUnderWay, unknownRun } from "./run-errors.ts";
import { RunFiles } from "./run-files.ts";
import { nextPace, reported, STARTING, type Pace } from "./run-progress.ts";
import { endLeftRun, isHolderAlive, versionOfRun } from "./settle-run.ts";
import { recipeOf, type RecipeWish } from "./training-order.ts";
import type { JobReport, RunningJob, StartJob } from "./start-job.ts";

export interface TrainingRunsOptions {
  readonly registry: Pick<
    Registry,
    "dataDirectory" | "feedback" | "learned" | "listModels" | "resolve" | "showModel"
  >;
  readonly startJob: StartJob;
  /** What is the same for every run. */
  readonly job: Pick<
    JobOrder,
    "threads" | "cacheBytesMax" | "filler" | "material" | "limits" | "packageRoot"
  >;
  /** The model that trains when none is named. */
  readonly defaultModel: string;
  /** The most samples that stand on one user's word. */
  readonly perUser: number;
  /** What no run may learn. */
  readonly suites: Taking["suites"];
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface RunWish extends RecipeWish {
  readonly model?: string | undefined;
  /** Lines of a sample file, checked and without personal data; what waits when absent. */
  readonly lines?: readonly string[] | undefined;
  /** Rows that are not among them: they could not be freed of personal data. */
  readonly blocked?: readonly number[] | undefined;
  /** What was replaced in these lines, by kind. */
  readonly replaced?: ScrubCounts | undefined;
  readonly epochs?: number | undefined;
  readonly seed?: number | undefined;
}

interface Active {
  readonly job: RunningJob;
  /** Resolves when nothing more will be written. */
  readonly ended: Promise<void>;
  pace: Pace | undefined;
  savedMs: number;
  isStopping: boolean;
}

/** Progress is written and told at most this often. */
const SAVE_MS = 1000;
const TELL_MS = 200;
/** A process that dies is started again; one that keeps dying is not. */
const DEATHS_TOLERATED = 3;
/** The process of a killed server may still hold the run directory for a step. */
const CONFLICTS_TOLERATED = 30;
const CONFLICT_WAIT_MS = 2000;
/** How long a closing server waits for checkpoints. */
const CLOSE_MS = 5000;
const DEFAULT_SEED = 1;
const CHANGED = "samples that it learns were changed or deleted; what it had taken waits again";
const REPEATS_LESS = "samples that it repeats were changed or deleted: it begins anew without them";

export class TrainingRuns {
  readonly #options: TrainingRunsOptions;
  readonly #files: RunFiles;
  readonly #runs = new Map<string, TrainingRun>();
  readonly #active = new Map<string, Active>();
  /** Models whose run is being prepared, with its id. */
  readonly #starting = new Map<string, string>();
  readonly #listeners = new Set<(run: TrainingRun) => void>();
  #toldMs = -Infinity;
  #isClosing = false;

  constructor(options: TrainingRunsOptions) {
    this.#options = options;
    this.#files = new RunFiles(options.registry.dataDirectory);
    for (const run of this.#files.readAll()) this.#runs.set(run.id, run);
  }

  /**
   * Continues what the last server was at when it ended or was killed; where people have changed
   * samples since, that and what was stopped before is given up. What runs have that nobody is at,
   * since they were never written down or ended badly, waits again or goes.
   */
  async recover(): Promise<void> {
    for (const id of this.#runs.keys()) {
      await this.#giveUpIfChanged(id);
      const run = this.#runs.get(id);
      if (run?.state === "running" && !this.#active.has(id)) this.#launch(run);
    }
    const underWay = await this.#options.registry.feedback.runsUnderWay();
    for (const run of new Set([...this.#files.withSamples(), ...underWay])) {
      if (this.#isAt(run)) continue;
      this.#options.logger.warn({ run }, "a run that nobody is at is ended");
      await this.#endLeft(run);
    }
  }

  /** The newest first. */
  list(): TrainingRun[] {
    return [...this.#runs.values()].toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  /** Throws `not_found`. */
  show(id: string): TrainingRun {
    const run = this.#runs.get(id);
    if (run === undefined) throw unknownRun(id);
    return run;
  }

  /**
   * Starts a run from the stable version. Runs of the model that were stopped are given up: what
   * they had taken from feedback goes into this one.
   *
   * @throws AppError `conflict` while a run of the model is under way, `invalid_input` with too
   *   few samples or with settings of another recipe, `unknown_model`.
   */
  async start({
    model,
    lines,
    blocked = [],
    replaced,
    epochs,
    seed = DEFAULT_SEED,
    ...how
  }: RunWish): Promise<TrainingRun> {
    const recipe = recipeOf(how);
    const { registry, defaultModel, perUser, suites } = this.#options;
    const taking = { perUser, suites };
    const { id, version } = await registry.resolve(model ?? defaultModel);
    this.#requireIdle(id);
    const run = randomUUID();
    this.#starting.set(id, run);
    try {
      await this.#giveUpStopped(id);
      const samples = lines ?? (await takeSamples(registry.feedback, id, { run, ...taking }));
      const notes = lines
        ? notesOnBlocked(blocked)
        : await notesOnWaiting(registry.feedback, id, perUser);
      this.#files.writeSamples(run, samples);
      this.#files.writeEarlier(run, await takeEarlier(registry, id, run));
      const at = this.#at();
      const started: TrainingRun = {
        id: run,
        model: id,
        base: version,
        state: "running",
        ...recipe,
        seed,
        source: lines === undefined ? "feedback" : "upload",
        sampleCount: samples.length,
        ...(replaced === undefined ? {} : { replaced }),
        ...(epochs === undefined ? {} : { epochs }),
        createdAt: at,
        updatedAt: at,
        progress: STARTING,
        curve: [],
        notes,
      };
      this.#files.write(started);
      return this.#launch(started);
    } catch (error) {
      this.#runs.delete(run);
      this.#files.remove(run);
      await this.#endLeft(run);
      throw error;
    } finally {
      this.#starting.delete(id);
    }
  }

  /** Ends a run with a checkpoint, soon. Throws `not_found`, `conflict` when it is not running. */
  stop(id: string): TrainingRun {
    const run = this.show(id);
    const active = this.#active.get(id);
    if (active === undefined) throw notNow(run, "stopped", "running");
    active.isStopping = true;
    active.job.stop();
    return run;
  }

  /**
   * Goes on where a run was stopped. Throws `not_found`, `conflict`; also when samples that it
   * learns were changed, and then gives it up.
   */
  async resume(id: string): Promise<TrainingRun> {
    const run = this.show(id);
    if (run.state !== "stopped") throw notNow(run, "resumed", "stopped");
    this.#requireIdle(run.model);
    this.#starting.set(run.model, id);
    try {
      await this.#giveUpIfChanged(id);
      const now = this.show(id);
      if (now.state !== "stopped") throw samplesChanged(run);
      return this.#launch({ ...now, state: "running", progress: STARTING });
    } finally {
      this.#starting.delete(run.model);
    }
  }

  /**
   * After samples were deleted that these runs have: no file of those that are stopped holds what
   * is gone. Gives the others, in which it stays until they stop or end.
   */
  async withoutDeleted(runs: readonly string[]): Promise<string[]> {
    for (const id of runs) await this.#giveUpIfChanged(id);
    const isOver = (id: string): boolean =>
      ["given-up", "stopped"].includes(this.#runs.get(id)?.state ?? "");
    return runs.filter((id) => !isOver(id));
  }

  /** Tells of every change, progress at most every 0.2 s; gives what ends it. */
  subscribe(listener: (run: TrainingRun) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all processes with checkpoints; the next server continues them. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const active = [...this.#active.values()];
    for (const { job } of active) job.stop();
    const limit = setTimeout(() => active.forEach(({ job }) => job.kill()), CLOSE_MS);
    await Promise.all(active.map(({ ended }) => ended));
    clearTimeout(limit);
    this.#listeners.clear();
  }

  #requireIdle(model: string): void {
    const running = this.list().find((run) => run.model === model && run.state === "running");
    if (running === undefined && !this.#starting.has(model)) return;
    throw trainingUnderWay(model, running?.id);
  }

  async #giveUpStopped(model: string): Promise<void> {
    const stopped = this.list().filter((run) => run.model === model && run.state === "stopped");
    for (const run of stopped) {
      await endLeftRun(this.#options.registry, run.id, this.#files);
      this.#change({ ...run, state: "given-up" });
    }
  }

  /**
   * Where people have changed what a run has that no process is at: gives it up if that is what it
   * learns, which waits again; what it repeats is left out.
   */
  async #giveUpIfChanged(id: string): Promise<void> {
    const { registry } = this.#options;
    const run = this.#runs.get(id);
    const isLeft = run?.state === "stopped" || run?.state === "running";
    if (!isLeft || this.#active.has(id)) return;
    const { isAsTaken, fed } = await standingOf(registry.feedback, run, this.#files);
    if (isAsTaken && fed === undefined) return;
    // Once its version is stored, only its end is missing.
    const isStored = (await versionOfRun(registry, id)) !== undefined;
    // Somebody may have gone on with it meanwhile.
    if (isStored || this.#runs.get(id) !== run) return;
    if (isAsTaken) {
      this.#files.writeEarlier(id, { fed: fed ?? [], kept: this.#files.linesOf(id).kept });
      this.#change({ ...run, notes: [...run.notes, REPEATS_LESS] });
      return;
    }
    await this.#endLeft(id);
    this.#change({ ...run, state: "given-up", notes: [...run.notes, CHANGED] });
  }

  #launch(run: TrainingRun, { deaths = 0, conflicts = 0 } = {}): TrainingRun {
    const { job, registry, logger, clock } = this.#options;
    const { id, model, base, recipe = "incremental", lora, seed, epochs } = run;
    const order: JobOrder = {
      ...job,
      kind: "job",
      run: id,
      model,
      base,
      recipe,
      lora,
      seed,
      epochs,
      dataDirectory: registry.dataDirectory,
      samplesFile: this.#files.samplesFileOf(id),
      earlierFile: this.#files.earlierFileOf(id),
      keptFile: this.#files.keptFileOf(id),
      runDirectory: this.#files.runDirectoryOf(id),
      isUpload: run.source === "upload",
    };
    this.#change(run);
    logger.info({ run: id, model, base, samples: run.sampleCount }, "training started");
    const started = this.#options.startJob(order, (report) => this.#report(id, report));
    const ended = this.#awaitEnd(id, started, { deaths, conflicts });
    const isStopping = false;
    const active = { job: started, ended, pace: undefined, savedMs: clock.nowMs(), isStopping };
    this.#active.set(id, active);
    return run;
  }

  /** Waits for a process; one that died, or that found the run still held, is started again. */
  async #awaitEnd(
    id: string,
    { outcome: awaited }: RunningJob,
    { deaths, conflicts }: { readonly deaths: number; readonly conflicts: number },
  ): Promise<void> {
    const outcome = await awaited;
    const isDead = outcome.kind === "died" && deaths < DEATHS_TOLERATED;
    const isHeld =
      outcome.kind === "failed" && outcome.isHeld === true && conflicts < CONFLICTS_TOLERATED;
    const isAgain = (isDead || isHeld) && !this.#isStopping(id);
    if (isAgain && isHeld) await sleep(CONFLICT_WAIT_MS);
    if (isAgain && !this.#isStopping(id)) {
      this.#options.logger.warn({ run: id, outcome: outcome.kind }, "training is started again");
      const count = { deaths: deaths + Number(isDead), conflicts: conflicts + Number(isHeld) };
      this.#launch(this.show(id), count);
      return;
    }
    this.#active.delete(id);
    await this.#end(id, isDead || isHeld ? { kind: "stopped" } : outcome);
  }

  #isStopping(id: string): boolean {
    return this.#isClosing || this.#active.get(id)?.isStopping === true;
  }

  #report(id: string, report: JobReport): void {
    const active = this.#active.get(id);
    if (active === undefined) return;
    const nowMs = this.#options.clock.nowMs();
    if (report.kind === "progress" && report.progress.phase === "training") {
      active.pace = nextPace(active.pace, report.progress.done, nowMs);
    }
    const before = this.show(id);
    const run = { ...reported(before, report, active.pace), updatedAt: this.#at() };
    this.#runs.set(id, run);
    if (nowMs - active.savedMs >= SAVE_MS) {
      active.savedMs = nowMs;
      this.#save(run);
    }
    const isNewPhase = run.progress.phase !== before.progress.phase;
    if (isNewPhase || nowMs - this.#toldMs >= TELL_MS) this.#tell(run);
  }

  async #end(
    id: string,
    outcome: JobOutcome | { readonly kind: "died"; readonly reason: string },
  ): Promise<void> {
    const run = this.show(id);
    const { logger } = this.#options;
    // What a closing server interrupts stays "running", for the next one to continue.
    if (this.#isClosing && outcome.kind !== "stored" && outcome.kind !== "failed") {
      this.#save(run);
      return;
    }
    logger.info({ run: id, outcome: outcome.kind }, "training ended");
    if (outcome.kind === "stored") {
      // While its file says that it runs, the next server begins with its samples.
      const isWritten = this.#change({ ...run, state: "finished", result: outcome.result });
      if (isWritten) this.#files.removeSamples(id);
    } else if (outcome.kind === "stopped") {
      this.#change({ ...run, state: "stopped" });
      // Where that cannot be told now, it is when the run is to be resumed.
      await this.#giveUpIfChanged(id).catch((error: unknown) => {
        logger.warn({ run: id, error: messageOf(error) }, "samples of a run cannot be looked at");
      });
    } else {
      const error =
        outcome.kind === "failed"
          ? { code: outcome.code, message: outcome.message }
          : { code: "training_failed", message: `The process ended by itself: ${outcome.reason}.` };
      await this.#endLeft(id);
      this.#change({ ...run, state: "failed", error });
    }
  }

  /** Keeps, writes and tells a run as it is now. Returns whether it could be written. */
  #change(run: TrainingRun): boolean {
    const changed = { ...run, updatedAt: this.#at() };
    this.#runs.set(run.id, changed);
    const isWritten = this.#save(changed);
    this.#tell(changed);
    return isWritten;
  }

  /** A disk that is full stops no run, and no server: the next one finds an earlier moment. */
  #save(run: TrainingRun): boolean {
    try {
      this.#files.write(run);
      return true;
    } catch (cause) {
      const seen = { run: run.id, error: messageOf(cause) };
      this.#options.logger.error(seen, "a run is not written down");
      return false;
    }
  }

  /** Whether somebody is at a run, or may go on with it. */
  #isAt(run: string): boolean {
    const { state } = this.#runs.get(run) ?? {};
    const isOurs = state === "running" || state === "stopped";
    return isHolderAlive(run) ?? (isOurs || [...this.#starting.values()].includes(run));
  }

  /** What cannot be given back now is given back by the next server. */
  async #endLeft(run: string): Promise<void> {
    try {
      await endLeftRun(this.#options.registry, run, this.#files);
    } catch (cause) {
      const seen = { run, error: messageOf(cause) };
      this.#options.logger.error(seen, "samples of a run are not released");
    }
  }

  #tell(run: TrainingRun): void {
    this.#toldMs = this.#options.clock.nowMs();
    for (const listener of this.#listeners) listener(run);
  }

  #at(): string {
    return new Date(this.#options.clock.nowMs()).toISOString();
  }
}
