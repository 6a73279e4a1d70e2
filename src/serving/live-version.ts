// One version that answers: its queue and its replicas. It is ready once one of them has answered
// something, and warm once each has answered as much as running it in takes.

import { AppError, type Logger } from "../base/index.ts";
import type { ResolvedVersion } from "../registry/index.ts";
import {
  TYPICAL_INPUTS,
  windowOf,
  workOf,
  type FillerOptions,
  type FillInput,
  type FillOutput,
} from "../tasks/fill-mask/index.ts";
import type { Run, SubmitOptions } from "./batcher.ts";
import type { StartChild } from "./child.ts";
import { Lanes } from "./lanes.ts";
import type { Opening } from "./protocol.ts";
import { Replica, type ReplicaLimits } from "./replica.ts";
import type { Timer } from "./timer.ts";

/** What the metrics count; each is called as it happens. */
export interface ServingObserver {
  /** A batch was answered. */
  readonly onBatch: (batch: { model: string; version: string; texts: number; ms: number }) => void;
  /** A model process ended that was to stay. */
  readonly onRestart: (loss: { model: string; version: string }) => void;
}

/** A name for a version: "id@V". */
export function nameOf({ id, version }: Pick<ResolvedVersion, "id" | "version">): string {
  return `${id}@${version}`;
}

export interface LiveVersionOptions {
  readonly startChild: StartChild;
  readonly filler: FillerOptions;
  readonly replicaCount: number;
  /** Tokens in one batch, padding included. */
  readonly maxBatchTokens: number;
  /** Tokens that one request may make the model read; any number when absent. */
  readonly maxRequestTokens?: number | undefined;
  /** Texts of about the same work that may wait. */
  readonly maxWaiting: number;
  /** See `ReplicaOptions`. */
  readonly isAskedSince?: ((sinceMs: number) => boolean) | undefined;
  readonly timer: Timer;
  readonly logger: Logger;
  readonly observer: ServingObserver;
  /** It cannot be expected to answer soon; told again after each try that was in vain. */
  readonly onFailure?: ((failure: AppError) => void) | undefined;
  readonly replicaLimits?: ReplicaLimits | undefined;
}

export type LiveState = "loading" | "ready" | "failed";

export interface LiveStatus {
  readonly model: string;
  readonly version: string;
  readonly state: LiveState;
  /** Of the numbers that its processes answer from; null until one has opened it. */
  readonly precision: FillerOptions["precision"] | null;
  /** Processes that can answer now. */
  readonly replicas: number;
  /** Those of them that are in a batch, or several. */
  readonly busy: number;
  /** Texts in the queue. */
  readonly waiting: number;
  /** Resident memory of its processes. */
  readonly memoryBytes: number;
}

export class LiveVersion {
  readonly resolved: ResolvedVersion;
  readonly #options: LiveVersionOptions;
  readonly #lanes: Lanes<FillInput, FillOutput>;
  /** Tokens that the model reads for a text, about. */
  readonly #sizeOf: (input: FillInput) => number;
  readonly #replicas: readonly Replica[];
  /** Ends the waiting for a first sign of readiness or failure. */
  readonly #onSettled: (() => void)[] = [];
  /** Ends the waiting for all replicas to be warm, or for the reason why one is not. */
  readonly #onWarm: ((failure: AppError | undefined) => void)[] = [];
  /** Ends the waiting for the last answer. */
  readonly #onIdle: (() => void)[] = [];
  readonly #startedMs: number;
  #askedMs = -Infinity;
  #pendingCount = 0;
  #hasOpened = false;
  /** Why nothing comes of it any more. */
  #ended: AppError | undefined;

  constructor(resolved: ResolvedVersion, options: LiveVersionOptions) {
    this.resolved = resolved;
    this.#options = options;
    this.#startedMs = options.timer.monotonicMs();
    const windowTokens = windowOf(resolved.directory);
    this.#sizeOf = (input) => workOf(input, windowTokens);
    this.#lanes = new Lanes({
      acquire: (lane, isRetry) => this.#acquire(lane, isRetry),
      sizeOf: this.#sizeOf,
      maxBatchSize: options.maxBatchTokens,
      maxWaiting: options.maxWaiting,
      timer: options.timer,
    });
    this.#replicas = Array.from({ length: options.replicaCount }, () => this.#createReplica());
  }

  /**
   * Answers texts in order; rejects as `Batcher.submit`, with why it cannot start, or with
   * `invalid_input` when the model would have to read too much.
   */
  async submit(
    inputs: readonly FillInput[],
    options: SubmitOptions,
  ): Promise<readonly (FillOutput | AppError)[]> {
    this.#askedMs = this.#options.timer.monotonicMs();
    const failure = this.failure;
    if (failure !== undefined) throw failure;
    this.#requireLittle(inputs);
    this.#pendingCount += 1;
    try {
      return await this.#lanes.submit(inputs, options);
    } finally {
      this.#pendingCount -= 1;
      // What was given up may have been what others had to wait for.
      this.#lanes.pump();
      if (this.isIdle) for (const resolve of this.#onIdle.splice(0)) resolve();
    }
  }

  /** Tokens that the model reads for texts, about. */
  workOf(inputs: readonly FillInput[]): number {
    return inputs.reduce((sum, input) => sum + this.#sizeOf(input), 0);
  }

  /** Why no replica can be expected to answer soon; undefined while one can. */
  get failure(): AppError | undefined {
    const failures = this.#replicas.map((replica) => replica.failure);
    return failures.includes(undefined) ? this.#ended : failures[0];
  }

  /** Resolves once it can answer, has failed to, or was ended: `failure` tells. */
  async settled(): Promise<void> {
    if (this.state !== "loading") return;
    await new Promise<void>((resolve) => this.#onSettled.push(resolve));
  }

  /**
   * Resolves once all replicas are run in; throws why one cannot be: it does not start, it was
   * ended, or what it said to a typical request, if only by dying.
   */
  async warmed(): Promise<void> {
    const failure =
      this.isWarm || this.coldReason !== undefined
        ? this.coldReason
        : await new Promise<AppError | undefined>((resolve) => this.#onWarm.push(resolve));
    if (failure !== undefined) throw failure;
  }

  /** Whether every replica has answered as much as running it in takes. */
  get isWarm(): boolean {
    return this.#replicas.every((replica) => replica.isWarm);
  }

  /** Why a replica cannot be run in; undefined while it may be yet. */
  get coldReason(): AppError | undefined {
    for (const { failure, warmUpError } of this.#replicas) {
      if (failure !== undefined || warmUpError !== undefined) return failure ?? warmUpError;
    }
    return this.#ended;
  }

  /** Whether a process of it could ever answer. */
  get hasOpened(): boolean {
    return this.#hasOpened;
  }

  get isIdle(): boolean {
    return this.#pendingCount === 0;
  }

  /** Whether it is being opened, or somebody waits for it to be run in. */
  get isAwaited(): boolean {
    return this.state === "loading" || this.#onWarm.length > 0;
  }

  /** Requests that wait or are being answered. */
  get pendingCount(): number {
    return this.#pendingCount;
  }

  /** Resolves when nobody waits for an answer. */
  async idle(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** Whether it was asked anything since, on the timer's clock, or has yet to answer something. */
  isAskedSince(sinceMs: number): boolean {
    return !this.isIdle || this.#askedMs >= sinceMs;
  }

  /** On the timer's clock. */
  get lastUsedMs(): number {
    return Math.max(this.#startedMs, this.#askedMs);
  }

  get state(): LiveState {
    if (this.#replicas.some((replica) => replica.isReady)) return "ready";
    return this.failure === undefined ? "loading" : "failed";
  }

  status(): LiveStatus {
    const { state } = this;
    const replicas = this.#replicas.filter((replica) => replica.isReady).length;
    const memoryBytes = this.#replicas.reduce((sum, replica) => sum + replica.memoryBytes, 0);
    const { id: model, version } = this.resolved;
    const busy = this.#replicas.filter((replica) => replica.busyCount > 0).length;
    const waiting = this.#lanes.waitingCount;
    const precision = this.#replicas.find((replica) => replica.precision)?.precision ?? null;
    return { model, version, state, precision, replicas, busy, waiting, memoryBytes };
  }

  /** What its replicas open. */
  get opening(): Opening {
    return { directory: this.resolved.directory, options: this.#options.filler };
  }

  /** Process ids of its replicas, for logs and tests. */
  pids(): readonly number[] {
    return this.#replicas.flatMap((replica) => replica.pid ?? []);
  }

  /** Ends its processes; what still waits fails with `unavailable`. */
  async end(): Promise<void> {
    const ended = new AppError("unavailable", "The server is shutting down.");
    this.#ended = ended;
    this.#lanes.close(ended);
    for (const resolve of this.#onWarm.splice(0)) resolve(ended);
    for (const resolve of this.#onSettled.splice(0)) resolve();
    await Promise.all(this.#replicas.map((replica) => replica.end()));
  }

  #createReplica(): Replica {
    const { startChild, timer, logger, observer, replicaLimits, isAskedSince } = this.#options;
    const { id: model, version } = this.resolved;
    return new Replica({
      startChild,
      open: { kind: "open", ...this.opening },
      warmUp: TYPICAL_INPUTS,
      timer,
      logger,
      ...(replicaLimits === undefined ? {} : { limits: replicaLimits }),
      sizeOf: this.#sizeOf,
      ...(isAskedSince === undefined ? {} : { isAskedSince }),
      onChange: () => this.#changed(),
      onLoss: () => observer.onRestart({ model, version }),
    });
  }

  #requireLittle(inputs: readonly FillInput[]): void {
    const { maxRequestTokens = Infinity } = this.#options;
    const tokens = this.workOf(inputs);
    if (tokens <= maxRequestTokens) return;
    throw new AppError(
      "invalid_input",
      `The model would have to read about ${tokens} tokens for this request; at most ` +
        `${maxRequestTokens} are taken. Each ___ or [BLANK] has it read its text many times, the ` +
        "more the more blanks the text has: ask for fewer at once, in fewer or shorter texts, or " +
        "write [MASK] where one character is wanted.",
      { details: { tokens, limitTokens: maxRequestTokens } },
    );
  }

  /** From the replica that is in the fewest batches. */
  #acquire(lane: number, isAlone: boolean): Run<FillInput, FillOutput> | undefined {
    for (const replica of this.#replicas.toSorted((a, b) => a.busyCount - b.busyCount)) {
      const run = replica.acquire(lane, isAlone);
      if (run !== undefined) return (inputs, signal) => this.#measured(run, inputs, signal);
    }
    return undefined;
  }

  async #measured(
    run: Run<FillInput, FillOutput>,
    inputs: readonly FillInput[],
    signal: AbortSignal | undefined,
  ): Promise<readonly (FillOutput | AppError)[]> {
    const { timer, observer } = this.#options;
    const startMs = timer.monotonicMs();
    const results = await run(inputs, signal);
    const { id: model, version } = this.resolved;
    const ms = timer.monotonicMs() - startMs;
    observer.onBatch({ model, version, texts: inputs.length, ms });
    return results;
  }

  #changed(): void {
    const { failure } = this;
    if (failure === undefined) this.#lanes.pump();
    else this.#lanes.failAll(failure);
    this.#tellWhetherWarm();
    const { state } = this;
    if (state === "ready") this.#hasOpened = true;
    if (state === "loading") return;
    for (const resolve of this.#onSettled.splice(0)) resolve();
    // Last, since it may be ended for that.
    if (failure !== undefined) this.#options.onFailure?.(failure);
  }

  #tellWhetherWarm(): void {
    if (this.#onWarm.length === 0) return;
    const reason = this.coldReason;
    if (reason === undefined && !this.isWarm) return;
    for (const resolve of this.#onWarm.splice(0)) resolve(reason);
  }
}
