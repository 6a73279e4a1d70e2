// One replica of one version, from the gateway's side: a child process that is started, run in,
// watched, started again when it dies, and ended. It runs one batch of each lane at a time, and
// never a model itself. Running in is for time that nobody else wants: a request comes before it,
// and beside the requests of others it takes a part of the time only.

import { AppError, type Logger } from "../base/index.ts";
import { RunnerLost, type Run } from "./batcher.ts";
import type { ReplicaChild, StartChild } from "./child.ts";
import {
  fromWireError,
  fromWireResult,
  type FillResult,
  type FromReplica,
  type OpenMessage,
} from "./protocol.ts";
import { Patience, type PatienceLimits } from "./patience.ts";
import type { Timer } from "./timer.ts";
import type { FillerOptions, FillInput, FillOutput } from "../tasks/fill-mask/index.ts";

export interface ReplicaLimits extends PatienceLimits {
  /** A process that is not ready by then is ended. */
  readonly startMs: number;
  /** Time between two pings of an idle process, and how long its answer may take. */
  readonly heartbeatMs: number;
  /** From one look at the memory of a process to the next while it answers batches. */
  readonly memoryMs: number;
  /** The death of a process that lived this long does not count as a failed start. */
  readonly healthyMs: number;
  /** From a death to the next start, twice as long each time; and where files were refused. */
  readonly backoffMs: Pauses;
  readonly refusedMs: Pauses;
  /** How long a process may take to end by itself. */
  readonly endMs: number;
}

interface Pauses {
  readonly first: number;
  readonly most: number;
}

export const REPLICA_LIMITS: ReplicaLimits = {
  startMs: 120_000,
  batchMs: 60_000,
  stallMs: 2000,
  heartbeatMs: 10_000,
  memoryMs: 5000,
  healthyMs: 10_000,
  backoffMs: { first: 100, most: 5000 },
  refusedMs: { first: 5000, most: 60_000 },
  endMs: 1000,
};
/** Starts that may fail in a row before callers are told instead of kept waiting. */
const FAILURES_TOLERATED = 2;
/** How long running in rests after a text, in times of what that took, while others answer. */
const REST_SHARE = 5;

export interface ReplicaOptions {
  readonly startChild: StartChild;
  readonly open: OpenMessage;
  /** Typical requests that each of its processes answers before it is warm, one after the other. */
  readonly warmUp: readonly FillInput[];
  readonly timer: Timer;
  readonly logger: Logger;
  readonly limits?: ReplicaLimits;
  /** The work of an input in any unit; each counts the same when absent. */
  readonly sizeOf?: (input: FillInput) => number;
  /** Whether anybody has asked anything since, on the timer's clock; nobody does when absent. */
  readonly isAskedSince?: (sinceMs: number) => boolean;
  /** The state has changed: it can take a batch, is warm, or has given up for now. */
  readonly onChange: () => void;
  /** A process that was to stay has ended. */
  readonly onLoss: (reason: string) => void;
}

type Precision = FillerOptions["precision"];

/** warming: in a text of its running in. */
type State = "starting" | "open" | "warming" | "dead" | "ended";

interface Pending {
  /** Undefined for a text of its running in. */
  readonly lane: number | undefined;
  readonly size: number;
  readonly startMs: number;
  /** Whether its time tells what such texts take: nothing has run beside it, and it is wanted. */
  isTypical: boolean;
  readonly stopWatch: () => void;
  readonly onAnswer: (results: readonly (FillOutput | AppError)[]) => void;
  readonly onLoss: (error: AppError) => void;
}

interface Order extends Pick<Pending, "lane" | "onAnswer" | "onLoss"> {
  readonly inputs: readonly FillInput[];
  readonly signal?: AbortSignal | undefined;
}

export class Replica {
  readonly #options: ReplicaOptions;
  readonly #limits: ReplicaLimits;
  #state: State = "dead";
  #child: ReplicaChild | undefined;
  /** By the id of the batch. */
  readonly #pending = new Map<number, Pending>();
  /** Lanes that are taken. */
  readonly #lanes = new Set<number>();
  /** Whether no other lane may be taken now. */
  #isReserved = false;
  #nextId = 1;
  #failures = 0;
  #lastError: AppError | undefined;
  #refusal: AppError | undefined;
  #readySinceMs: number | undefined;
  #precision: Precision | undefined;
  #memoryBytes = 0;
  #memoryAskedMs = 0;
  /** Batches that the present process has answered, those of its running in included. */
  #answeredCount = 0;
  /** What is left of the typical requests when one of them has killed a process. */
  #warmUp: readonly FillInput[];
  #warmUpError: AppError | undefined;
  /** Until then nothing is run in, on the timer's clock. */
  #restUntilMs = 0;
  #stopRest: () => void = () => {};
  readonly #patience: Patience;
  #stopWatch: () => void = () => {};
  #onEnded: () => void = () => {};
  #ending: Promise<void> | undefined;

  /** Starts the first process at once. */
  constructor(options: ReplicaOptions) {
    this.#options = options;
    this.#limits = options.limits ?? REPLICA_LIMITS;
    this.#warmUp = options.warmUp;
    this.#patience = new Patience(this.#limits);
    this.#start();
  }

  /** Its process has opened the model and answered something. */
  get isReady(): boolean {
    return this.#isOpen && this.#answeredCount >= Math.min(1, this.#warmUp.length);
  }

  /** Its process has answered as much as running it in takes. */
  get isWarm(): boolean {
    return this.#isOpen && this.#answeredCount >= this.#warmUp.length;
  }

  /** What came instead of the answer to a typical request, of the present process or the last. */
  get warmUpError(): AppError | undefined {
    return this.#warmUpError;
  }

  get #isOpen(): boolean {
    return this.#state === "open" || this.#state === "warming";
  }

  get #isIdle(): boolean {
    return this.#state === "open" && this.#lanes.size === 0;
  }

  /** Batches that it is in and somebody waits for. */
  get busyCount(): number {
    return this.#lanes.size;
  }

  /** Why it cannot be expected to answer soon; undefined while it can. */
  get failure(): AppError | undefined {
    return this.#isOpen || this.#failures <= FAILURES_TOLERATED ? undefined : this.#lastError;
  }

  /** Of the numbers that its process answers from; undefined until it says so. */
  get precision(): Precision | undefined {
    return this.#precision;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resident memory of its process as of a few seconds ago, or of the last heartbeat. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Takes a lane of the replica, or all of it, for one batch; undefined unless that is free. */
  acquire(lane = 0, isAlone = false): Run<FillInput, FillOutput> | undefined {
    if (this.#state !== "open" || this.#isReserved || this.#lanes.has(lane)) return undefined;
    if (isAlone && this.#lanes.size > 0) return undefined;
    this.#isReserved = isAlone;
    this.#lanes.add(lane);
    return (inputs, signal) =>
      new Promise((onAnswer, onLoss) => this.#run({ lane, inputs, signal, onAnswer, onLoss }));
  }

  /** Ends the process; a batch in it is lost, so drain first. Whoever asks again waits as well. */
  async end(): Promise<void> {
    return (this.#ending ??= this.#end());
  }

  async #end(): Promise<void> {
    const isGone = this.#child === undefined;
    this.#state = "ended";
    this.#stopWatch();
    this.#stopRest();
    if (isGone) return;
    const ended = new Promise<void>((resolve) => (this.#onEnded = resolve));
    this.#child?.disconnect();
    const stopTimer = this.#options.timer.after(this.#limits.endMs, () => this.#child?.kill());
    await ended;
    stopTimer();
  }

  #start(): void {
    const { startChild, open, timer } = this.#options;
    this.#state = "starting";
    this.#answeredCount = 0;
    this.#restUntilMs = 0;
    this.#warmUpError = undefined;
    const child = startChild({
      onMessage: (message) => this.#receive(child, message),
      onExit: (reason) => this.#exited(child, reason),
    });
    this.#child = child;
    child.send(open);
    this.#stopWatch = timer.after(this.#limits.startMs, () => {
      this.#kill(`it was not ready after ${this.#limits.startMs} ms`);
    });
  }

  #run({ lane, inputs, signal, onAnswer, onLoss }: Order): void {
    // It may have died between acquire and here.
    if (!this.#isOpen) {
      onLoss(new RunnerLost("The model process ended before it got its batch."));
      return;
    }
    const id = this.#nextId++;
    const { timer, sizeOf = () => 1 } = this.#options;
    const size = inputs.reduce((sum, input) => sum + sizeOf(input), 0);
    // Batches share the engine, so each may take as long as all of them.
    const others = [...this.#pending.values()];
    const patienceMs = this.#patience.msFor(others.reduce((sum, other) => sum + other.size, size));
    this.#stopWatch();
    const stopWatch = timer.after(patienceMs, () => {
      this.#kill(`a batch took longer than ${Math.round(patienceMs)} ms`);
    });
    const facts = { lane, size, startMs: timer.monotonicMs(), isTypical: others.length === 0 };
    for (const other of others) other.isTypical = false;
    const pending: Pending = { ...facts, stopWatch, onAnswer, onLoss };
    this.#pending.set(id, pending);
    signal?.addEventListener("abort", () => {
      pending.isTypical = false;
      if (this.#pending.has(id)) this.#child?.send({ kind: "cancel", id });
    });
    this.#child?.send({ kind: "fill", id, inputs });
  }

  /** The next text of its running in, unless a request has come first. */
  #runIn(): void {
    const place = this.#answeredCount;
    const input = this.#warmUp[place];
    if (!this.#isIdle || input === undefined) return;
    const { timer, isAskedSince } = this.#options;
    const startMs = timer.monotonicMs();
    this.#stopRest();
    if (startMs < this.#restUntilMs) {
      this.#stopRest = timer.after(this.#restUntilMs - startMs, () => this.#runIn());
      return;
    }
    this.#state = "warming";
    this.#run({
      lane: undefined,
      inputs: [input],
      onAnswer: ([result]) => {
        const nowMs = timer.monotonicMs();
        if (isAskedSince?.(startMs)) this.#restUntilMs = nowMs + REST_SHARE * (nowMs - startMs);
        if (!(result instanceof AppError)) return;
        this.#warmUpError = result;
        this.#options.logger.warn({ error: result.message }, "a typical request has no answer");
      },
      onLoss: (error) => {
        this.#warmUpError = error;
        // What kills a process is not asked again, but for the first: who cannot answer is no use.
        this.#warmUp = this.#warmUp.slice(0, Math.max(1, place));
      },
    });
  }

  #receive(child: ReplicaChild, message: FromReplica): void {
    if (child !== this.#child || this.#state === "ended") return;
    switch (message.kind) {
      case "ready":
        this.#readySinceMs = this.#options.timer.monotonicMs();
        this.#state = "open";
        this.#seePrecision(message);
        this.#stopWatch();
        this.#heartbeat();
        this.#changed();
        return;
      case "refused":
        this.#refusal = fromWireError(message.error);
        this.#options.logger.error({ error: message.error.message }, "a model cannot be opened");
        // Its files will be the same next time, so callers are told at once.
        this.#failures = Math.max(this.#failures, FAILURES_TOLERATED);
        child.kill();
        return;
      case "pong":
        this.#memoryBytes = message.memoryBytes;
        if (this.#isIdle) this.#scheduleHeartbeat();
        return;
      case "filled":
        this.#finish(message.id, message.results);
    }
  }

  #seePrecision({ precision, agreement }: Extract<FromReplica, { kind: "ready" }>): void {
    this.#precision = precision;
    const { directory, options } = this.#options.open;
    if (precision === options.precision) return;
    const facts = { directory, precision, agreement };
    const what = agreement === undefined ? "could not be compared with" : "is too far from";
    this.#options.logger.warn(facts, `int8 ${what} fp32; it answers in fp32`);
  }

  #finish(id: number, results: readonly FillResult[]): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.stopWatch();
    this.#failures = 0;
    this.#answeredCount += 1;
    this.#state = "open";
    this.#isReserved = false;
    if (pending.lane !== undefined) this.#lanes.delete(pending.lane);
    // What is refused has cost next to nothing.
    if (pending.isTypical && results.some((result) => "output" in result)) {
      this.#patience.learn(pending.size, this.#options.timer.monotonicMs() - pending.startMs);
    }
    if (this.#isIdle) this.#scheduleHeartbeat();
    pending.onAnswer(results.map((result) => this.#outcomeOf(result)));
    this.#changed();
    this.#lookAtMemory();
  }

  #changed(): void {
    this.#options.onChange();
    this.#runIn();
  }

  /** A busy process is never idle for long enough to be pinged, and memory is what it grows. */
  #lookAtMemory(): void {
    const sinceMs = this.#options.timer.monotonicMs() - this.#memoryAskedMs;
    const isRunIn = this.#answeredCount === this.#warmUp.length;
    if (sinceMs >= this.#limits.memoryMs || isRunIn) this.#ping();
  }

  #ping(): void {
    this.#memoryAskedMs = this.#options.timer.monotonicMs();
    this.#child?.send({ kind: "ping", id: this.#nextId++ });
  }

  #outcomeOf(result: FillResult): FillOutput | AppError {
    if ("error" in result && result.error.code === undefined) {
      const { message, stack } = result.error;
      this.#options.logger.error({ error: message, stack }, "bug in a model");
    }
    return fromWireResult(result);
  }

  /** Asks for a sign of life, which must come in time; an idle process has nothing else to do. */
  #heartbeat(): void {
    this.#stopWatch = this.#options.timer.after(this.#limits.heartbeatMs, () => {
      this.#kill(`it did not answer a ping within ${this.#limits.heartbeatMs} ms`);
    });
    this.#ping();
  }

  #scheduleHeartbeat(): void {
    this.#stopWatch();
    this.#stopWatch = this.#options.timer.after(this.#limits.heartbeatMs, () => this.#heartbeat());
  }

  #kill(reason: string): void {
    this.#options.logger.warn({ pid: this.#child?.pid, reason }, "ending a model process");
    this.#child?.kill();
  }

  #exited(child: ReplicaChild, reason: string): void {
    if (child !== this.#child) return;
    this.#stopWatch();
    this.#stopRest();
    this.#child = undefined;
    this.#memoryBytes = 0;
    const lost = [...this.#pending.values()];
    this.#pending.clear();
    this.#lanes.clear();
    this.#isReserved = false;
    for (const { stopWatch } of lost) stopWatch();
    if (this.#state === "ended") {
      const ended = new AppError("unavailable", "The server is shutting down.");
      for (const { onLoss } of lost) onLoss(ended);
      this.#onEnded();
      return;
    }
    this.#state = "dead";
    this.#restart(reason);
    const error = new RunnerLost(`The model process ended (${reason}) while it answered.`);
    for (const { onLoss } of lost) onLoss(error);
    this.#options.onLoss(reason);
    this.#options.onChange();
  }

  #restart(reason: string): void {
    const { timer, logger } = this.#options;
    const wasReady = this.#readySinceMs !== undefined;
    const livedMs = timer.monotonicMs() - (this.#readySinceMs ?? timer.monotonicMs());
    this.#readySinceMs = undefined;
    this.#failures = livedMs >= this.#limits.healthyMs ? 0 : this.#failures + 1;
    const isRefused = this.#refusal !== undefined;
    this.#lastError = this.#refusal ?? doesNotStay(reason);
    this.#refusal = undefined;
    const isFirstLoss = this.#failures === 0 || (wasReady && this.#failures === 1);
    const delayMs = isFirstLoss ? 0 : this.#pauseMs(isRefused);
    logger.warn({ reason, delayMs, failures: this.#failures }, "model process ended; restarting");
    this.#stopWatch = timer.after(delayMs, () => this.#start());
  }

  #pauseMs(isRefused: boolean): number {
    const { backoffMs, refusedMs } = this.#limits;
    const { first, most } = isRefused ? refusedMs : backoffMs;
    // A first refusal counts as all the failures that are tolerated.
    const count = this.#failures - (isRefused ? FAILURES_TOLERATED : 0);
    return Math.min(most, first * 2 ** (count - 1));
  }
}

function doesNotStay(reason: string): AppError {
  return new AppError(
    "replica_failed",
    `The model process does not stay alive (${reason}). The server's log says more.`,
  );
}
