// The queue before the replicas of one version. A request goes at once when a replica is idle;
// while all are busy requests gather, and the next batch leaves as soon as one is free. There is
// no timer that makes a lone request wait for company. What nobody waits for any more is not sent.
// It knows nothing of processes or models.

import { AppError, messageOf, required } from "../base/index.ts";
import type { Timer } from "./timer.ts";

/**
 * Runs one batch; rejects with {@link RunnerLost} when it died with the batch unanswered. The
 * signal is aborted when nobody waits for any of it: the run may then settle early, with errors.
 */
export type Run<Input, Output> = (
  inputs: readonly Input[],
  signal?: AbortSignal,
) => Promise<readonly (Output | AppError)[]>;

/** The replica is gone; what it was doing may be done again elsewhere. */
export class RunnerLost extends AppError {
  constructor(message: string) {
    super("replica_failed", message);
  }
}

export interface BatcherOptions<Input, Output> {
  /**
   * A free replica, held until its run has settled; undefined while there is none. What is tried
   * once more gets one that does nothing else.
   */
  readonly acquire: (isRetry: boolean) => Run<Input, Output> | undefined;
  /** The size of an input in the unit of `maxBatchSize`, such as tokens. */
  readonly sizeOf: (input: Input) => number;
  /** The most that a batch may cost: its count times its largest input. */
  readonly maxBatchSize: number;
  /** Inputs that may wait; one that fills several batches counts as so many. */
  readonly maxWaiting: number;
  readonly timer: Timer;
}

export interface SubmitOptions {
  /** From now until the caller is told that there was no answer. */
  readonly deadlineMs: number;
  /** Aborted when the caller went away. */
  readonly signal?: AbortSignal | undefined;
  /** When a replica dies with it, the caller is told at once: it can ask elsewhere. */
  readonly isFailFast?: boolean | undefined;
  /** Told of each try, for a trace; nothing is measured without. */
  readonly onTry?: ((seen: Try) => void) | undefined;
}

/** How some texts of a request went through the queue and a replica; times are the timer's. */
export interface Try {
  /** Since when they waited. */
  readonly queuedMs: number;
  /** When a replica got them; undefined when they were dropped before. */
  readonly sentMs: number | undefined;
  readonly endMs: number;
  /** 1; 2 when a replica has died with them. */
  readonly attempt: number;
  readonly textCount: number;
  /** Texts of all requests in the batch; 0 when they were dropped before. */
  readonly batchTextCount: number;
  readonly isError: boolean;
}

/** All inputs of one caller, answered together. */
interface Request<Input, Output> {
  readonly waiting: Entry<Input, Output>[];
  readonly results: (Output | AppError)[];
  /** Answers still missing; 0 also once the request has failed or was dropped. */
  openCount: number;
  readonly deadlineMs: number;
  /** On the timer's clock. */
  readonly expiresMs: number;
  readonly isFailFast: boolean;
  readonly onTry: SubmitOptions["onTry"];
  readonly resolve: (results: readonly (Output | AppError)[]) => void;
  readonly reject: (error: AppError) => void;
}

interface Entry<Input, Output> {
  readonly request: Request<Input, Output>;
  readonly index: number;
  readonly input: Input;
  readonly size: number;
  /** Places that it takes in the queue. */
  readonly places: number;
  queuedMs: number;
  isRetry: boolean;
}

/** A batch that a replica is in. */
interface Sent<Input, Output> {
  readonly entries: readonly Entry<Input, Output>[];
  readonly controller: AbortController;
}

/** Seconds that Retry-After may say. */
const RETRY_AFTER_RANGE = [1, 30] as const;
/** Weight of the newest batch in the mean time per place. */
const SMOOTHING = 0.2;

export class Batcher<Input, Output> {
  readonly #options: BatcherOptions<Input, Output>;
  /** Requests with waiting inputs, in turn: each batch takes one input of each before a second. */
  readonly #turns: Request<Input, Output>[] = [];
  readonly #sent = new Set<Sent<Input, Output>>();
  #waitingCount = 0;
  #placesTaken = 0;
  #msPerPlace = 0;
  /** Why nothing is answered any more. */
  #closed: AppError | undefined;

  constructor(options: BatcherOptions<Input, Output>) {
    this.#options = options;
  }

  /** Inputs in the queue, those that are being answered not counted. */
  get waitingCount(): number {
    return this.#waitingCount;
  }

  /** Whether something waits that was lost with a replica; it is always first. */
  get hasRetry(): boolean {
    return this.#turns[0]?.waiting[0]?.isRetry === true;
  }

  /**
   * Answers inputs in their order; an input that cannot be answered has an AppError in its place.
   * Rejects with `busy` when the queue is full, `deadline_exceeded`, or `cancelled`.
   */
  async submit(
    inputs: readonly Input[],
    options: SubmitOptions,
  ): Promise<readonly (Output | AppError)[]> {
    const { deadlineMs, signal } = options;
    if (signal?.aborted === true) throw cancelled();
    if (deadlineMs <= 0) throw expired(deadlineMs);
    // A request larger than the queue is taken when nothing else waits.
    const { maxWaiting, timer } = this.#options;
    const { request, answered } = this.#createRequest(inputs, options);
    if (inputs.length === 0) return [];
    if (this.#waitingCount > 0 && this.#placesTaken + placesOf(request.waiting) > maxWaiting) {
      throw this.#busy();
    }
    this.#turns.push(request);
    this.#count(request.waiting, 1);
    const stopTimer = timer.after(deadlineMs, () => this.#drop(request, expired(deadlineMs)));
    const onAbort = (): void => this.#drop(request, cancelled());
    signal?.addEventListener("abort", onAbort, { once: true });
    this.pump();
    try {
      return await answered;
    } finally {
      stopTimer();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /**
   * Sends batches as long as there are inputs and free replicas; to be called when one is freed.
   */
  pump(): void {
    if (this.#closed !== undefined) this.failAll(this.#closed);
    const nowMs = this.#options.timer.monotonicMs();
    while (this.#isWaitedFor(nowMs)) {
      const run = this.#options.acquire(this.hasRetry);
      if (run === undefined) return;
      void this.#answer(run, this.#takeBatch(nowMs));
    }
  }

  /** Whether the next request has time left: on a busy machine its alarm may come late. */
  #isWaitedFor(nowMs: number): boolean {
    for (let next = this.#turns[0]; next !== undefined; next = this.#turns[0]) {
      if (next.expiresMs > nowMs) return true;
      this.#drop(next, expired(next.deadlineMs));
    }
    return false;
  }

  /** Fails everything that waits, for instance because no replica will come back. */
  failAll(error: AppError): void {
    for (let next = this.#turns[0]; next !== undefined; next = this.#turns[0]) {
      this.#drop(next, error);
    }
  }

  /** Fails what waits, and what is still put back or comes. */
  close(error: AppError): void {
    this.#closed = error;
    this.failAll(error);
  }

  #createRequest(
    inputs: readonly Input[],
    { deadlineMs, isFailFast = false, onTry }: SubmitOptions,
  ): {
    request: Request<Input, Output>;
    answered: Promise<readonly (Output | AppError)[]>;
  } {
    const queuedMs = this.#options.timer.monotonicMs();
    const expiresMs = queuedMs + deadlineMs;
    const facts = { openCount: inputs.length, deadlineMs, expiresMs, isFailFast, onTry };
    let request: Request<Input, Output> | undefined;
    const answered = new Promise<readonly (Output | AppError)[]>((resolve, reject) => {
      request = { waiting: [], results: [], ...facts, resolve, reject };
    });
    const created = required(request, "request");
    for (const [index, input] of inputs.entries()) {
      const size = this.#options.sizeOf(input);
      const places = Math.max(1, Math.ceil(size / this.#options.maxBatchSize));
      const more = { index, input, size, places, queuedMs, isRetry: false };
      created.waiting.push({ request: created, ...more });
    }
    return { request: created, answered };
  }

  /**
   * The next batch: the first input in turn always goes, then others in turn as far as they fit.
   * One that does not fit keeps its place and is first soon; an input that is retried goes alone,
   * so that one that kills replicas takes no other with it.
   */
  #takeBatch(nowMs: number): Entry<Input, Output>[] {
    const batch: Entry<Input, Output>[] = [];
    const skipped: Request<Input, Output>[] = [];
    let largest = 0;
    for (let request = this.#turns.shift(); request !== undefined; request = this.#turns.shift()) {
      const entry = request.waiting[0];
      if (entry === undefined) continue;
      if (request.expiresMs <= nowMs) {
        this.#drop(request, expired(request.deadlineMs));
        continue;
      }
      const size = Math.max(largest, entry.size);
      const isTooMuch = (batch.length + 1) * size > this.#options.maxBatchSize;
      if (batch.length > 0 && (isTooMuch || entry.isRetry)) {
        skipped.push(request);
        continue;
      }
      request.waiting.shift();
      batch.push(entry);
      largest = size;
      if (request.waiting[0]?.isRetry === true) this.#turns.unshift(request);
      else if (request.waiting.length > 0) this.#turns.push(request);
      if (entry.isRetry) break;
    }
    this.#turns.unshift(...skipped);
    this.#count(batch, -1);
    return batch;
  }

  async #answer(run: Run<Input, Output>, batch: readonly Entry<Input, Output>[]): Promise<void> {
    const { timer } = this.#options;
    const startMs = timer.monotonicMs();
    const sent = { entries: batch, controller: new AbortController() };
    this.#sent.add(sent);
    const { signal } = sent.controller;
    try {
      const results = await run(
        batch.map(({ input }) => input),
        signal,
      );
      tellTries(batch, { sentMs: startMs, endMs: timer.monotonicMs(), results });
      for (const [i, entry] of batch.entries()) settle(entry, results[i] ?? unanswered());
      if (!signal.aborted) this.#learn((timer.monotonicMs() - startMs) / placesOf(batch));
    } catch (error) {
      tellTries(batch, { sentMs: startMs, endMs: timer.monotonicMs(), results: undefined });
      for (const entry of batch.toReversed()) {
        const isLastTry = entry.isRetry || entry.request.isFailFast;
        if (error instanceof RunnerLost && !isLastTry) this.#putBack(entry);
        else settle(entry, asAppError(error));
      }
    }
    this.#sent.delete(sent);
    this.pump();
  }

  /** To the front, for one more try; nothing when the caller has gone or given up meanwhile. */
  #putBack(entry: Entry<Input, Output>): void {
    const { request } = entry;
    if (request.openCount === 0) return;
    entry.isRetry = true;
    entry.queuedMs = this.#options.timer.monotonicMs();
    request.waiting.unshift(entry);
    this.#count([entry], 1);
    this.#leaveTurns(request);
    this.#turns.unshift(request);
  }

  /** Ends a request: nothing of it is sent any more, and answers that still come are ignored. */
  #drop(request: Request<Input, Output>, error: AppError): void {
    this.#leaveTurns(request);
    this.#count(request.waiting, -1);
    if (request.onTry !== undefined) {
      const endMs = this.#options.timer.monotonicMs();
      tellTries(request.waiting, { sentMs: undefined, endMs, results: undefined });
    }
    request.waiting.length = 0;
    request.openCount = 0;
    for (const { entries, controller } of this.#sent) {
      if (entries.every((entry) => entry.request.openCount === 0)) controller.abort();
    }
    request.reject(error);
  }

  /** Counts entries that come into the queue, or leave it. */
  #count(entries: readonly Entry<Input, Output>[], sign: 1 | -1): void {
    this.#waitingCount += sign * entries.length;
    this.#placesTaken += sign * placesOf(entries);
  }

  #leaveTurns(request: Request<Input, Output>): void {
    const place = this.#turns.indexOf(request);
    if (place >= 0) this.#turns.splice(place, 1);
  }

  #learn(msPerPlace: number): void {
    const isFirst = this.#msPerPlace === 0;
    this.#msPerPlace += (isFirst ? 1 : SMOOTHING) * (msPerPlace - this.#msPerPlace);
  }

  #busy(): AppError {
    const [least, most] = RETRY_AFTER_RANGE;
    const seconds = Math.ceil((this.#placesTaken * this.#msPerPlace) / 1000);
    const retryAfterSeconds = Math.min(most, Math.max(least, seconds));
    return new AppError(
      "busy",
      `${this.#waitingCount} texts are waiting and at most ${this.#options.maxWaiting} may, ` +
        "fewer when they are long or have open blanks. " +
        `Try again in ${retryAfterSeconds} s.`,
      { details: { retryAfterSeconds } },
    );
  }
}

function placesOf(entries: readonly { readonly places: number }[]): number {
  return entries.reduce((sum, { places }) => sum + places, 0);
}

function settle<Input, Output>(entry: Entry<Input, Output>, result: Output | AppError): void {
  const { request } = entry;
  if (request.openCount === 0) return;
  request.results[entry.index] = result;
  request.openCount -= 1;
  if (request.openCount === 0) request.resolve(request.results);
}

/** Tells each request that wants to know of what became of its entries, which went together. */
function tellTries<Input, Output>(
  entries: readonly Entry<Input, Output>[],
  { sentMs, endMs, results }: Pick<Try, "sentMs" | "endMs"> & { readonly results: Results<Output> },
): void {
  if (entries.every(({ request }) => request.onTry === undefined)) return;
  const batchTextCount = sentMs === undefined ? 0 : entries.length;
  const places = new Map<Request<Input, Output>, number[]>();
  for (const [i, { request }] of entries.entries()) {
    if (request.onTry !== undefined) places.set(request, [...(places.get(request) ?? []), i]);
  }
  for (const [{ onTry }, own] of places) {
    const { queuedMs = endMs, isRetry = false } = entries[own[0] ?? 0] ?? {};
    const isError = own.some((i) => results === undefined || results[i] instanceof AppError);
    const counts = { attempt: isRetry ? 2 : 1, textCount: own.length, batchTextCount };
    onTry?.({ queuedMs, sentMs, endMs, ...counts, isError });
  }
}

/** Of a batch; undefined when there are none. */
type Results<Output> = readonly (Output | AppError)[] | undefined;

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = `The model process failed: ${messageOf(error)}`;
  return new AppError("replica_failed", message, { cause: error });
}

function unanswered(): AppError {
  return new AppError("replica_failed", "The model process left a text unanswered.");
}

function cancelled(): AppError {
  return new AppError("cancelled", "The caller went away before there was an answer.");
}

/** @param leftMs the deadline, or what an earlier try has left of it */
function expired(leftMs: number): AppError {
  const deadlineMs = Math.max(0, Math.round(leftMs));
  return new AppError(
    "deadline_exceeded",
    `There was no answer within ${deadlineMs} ms. Try again, with fewer or shorter texts.`,
    { details: { deadlineMs } },
  );
}
