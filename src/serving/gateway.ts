// Which versions are live, and the way of a request to one of them. The default model starts with
// the server; any other starts with the first request that names it, and makes room again when
// others are asked for.

import { AppError, type Logger } from "../base/index.ts";
import type { ResolvedVersion } from "../registry/index.ts";
import type { FillInput, FillOutput } from "../tasks/fill-mask/index.ts";
import type { AnswerCache } from "./answer-cache.ts";
import {
  LiveVersion,
  type LiveStatus,
  type LiveVersionOptions,
  type ServingObserver,
} from "./live-version.ts";
import { systemTimer } from "./timer.ts";

/** Versions that may be live at once; each is at least one process with a model in memory. */
const LIVE_MAX = 4;

export interface GatewayOptions extends Omit<LiveVersionOptions, "timer" | "logger" | "observer"> {
  /** The model that answers when a request names none. */
  readonly defaultModel: string;
  /** "id" or "id@V" → the version that it stands for now; throws `unknown_model` and the like. */
  readonly resolve: (reference: string) => Promise<ResolvedVersion>;
  readonly logger: Logger;
  readonly timer?: LiveVersionOptions["timer"];
  readonly cache: AnswerCache;
  /** The set of live versions has changed; each as "id@V". */
  readonly onLive?: (names: readonly string[]) => void;
}

export interface FillCall {
  /** "id" or "id@V"; the default model when absent. */
  readonly model?: string | undefined;
  readonly inputs: readonly FillInput[];
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The model is to be asked, whatever is in memory. */
  readonly skipCache?: boolean | undefined;
}

export interface FillAnswer {
  readonly model: string;
  readonly version: string;
  /** In the order of the inputs. */
  readonly outputs: readonly FillOutput[];
  /** How many of them were in memory. */
  readonly hitCount: number;
}

export interface GatewayStatus {
  readonly state: "ok" | "loading" | "failed" | "stopping";
  readonly model: string;
  /** Why it is not ok. */
  readonly message: string | undefined;
  readonly live: readonly LiveStatus[];
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #live = new Map<string, LiveVersion>();
  readonly #observers = new Set<ServingObserver>();
  #startError: AppError | undefined;
  #isStopping = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  get cache(): AnswerCache {
    return this.#options.cache;
  }

  get defaultModel(): string {
    return this.#options.defaultModel;
  }

  /** Adds somebody who is told of every batch and restart. */
  observe(observer: ServingObserver): void {
    this.#observers.add(observer);
  }

  /**
   * Starts the default model and resolves once it can answer. When it cannot, the reason is
   * thrown and stays in `status`; requests for other models are served nevertheless.
   */
  async start(): Promise<void> {
    try {
      const live = this.#liveVersion(await this.#options.resolve(this.#options.defaultModel));
      await live.settled();
      if (live.failure !== undefined) throw live.failure;
      this.#startError = undefined;
    } catch (error) {
      if (error instanceof AppError) this.#startError = error;
      throw error;
    }
  }

  /**
   * Answers all inputs by the same version.
   *
   * @throws AppError of the first input that cannot be answered, `details.index` naming it when
   *   there are several; `unknown_model`, `busy`, `deadline_exceeded`, `cancelled`,
   *   `unavailable`.
   */
  async answer(call: FillCall): Promise<FillAnswer> {
    if (this.#isStopping) throw stopping();
    const resolved = await this.#options.resolve(call.model ?? this.#options.defaultModel);
    const live = this.#liveVersion(resolved);
    const { results, hitCount } = await this.cache.through(resolved.directory, call, (inputs) =>
      live.submit(inputs, call),
    );
    const outputs = results.map((result, index) => {
      if (!(result instanceof AppError)) return result;
      throw results.length === 1 ? result : naming(index, result);
    });
    return { model: resolved.id, version: resolved.version, outputs, hitCount };
  }

  status(): GatewayStatus {
    const { defaultModel: model } = this.#options;
    const live = [...this.#live.values()].map((version) => version.status());
    const own = [...this.#live.values()].filter((version) => version.resolved.id === model);
    const isReady = own.some((version) => version.status().state === "ready");
    const failure = own.find((version) => version.failure !== undefined)?.failure;
    const problem = isReady ? undefined : (failure ?? this.#startError);
    const state = problem !== undefined ? "failed" : isReady ? "ok" : "loading";
    return {
      state: this.#isStopping ? "stopping" : state,
      model,
      message: problem?.message,
      live,
    };
  }

  /** Process ids of all replicas, for logs and tests. */
  pids(): readonly number[] {
    return [...this.#live.values()].flatMap((version) => version.pids());
  }

  /** Refuses new requests from now on; those that are in stay. */
  drain(): void {
    this.#isStopping = true;
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    this.drain();
    const live = [...this.#live.values()];
    this.#live.clear();
    await Promise.all(live.map((version) => version.end()));
  }

  #liveVersion(resolved: ResolvedVersion): LiveVersion {
    if (this.#isStopping) throw stopping();
    const name = nameOf(resolved);
    const found = this.#live.get(name);
    if (found !== undefined) return found;
    this.#makeRoom();
    const { timer = systemTimer, ...options } = this.#options;
    const observer: ServingObserver = {
      onBatch: (batch) => this.#observers.forEach((each) => each.onBatch(batch)),
      onRestart: (loss) => this.#observers.forEach((each) => each.onRestart(loss)),
    };
    const started = new LiveVersion(resolved, { ...options, timer, observer });
    this.#live.set(name, started);
    this.#options.logger.info({ version: name }, "starting a version");
    this.#options.onLive?.([...this.#live.keys()]);
    return started;
  }

  /** Ends the idle version that was used longest ago when as many as may be are live. */
  #makeRoom(): void {
    if (this.#live.size < LIVE_MAX) return;
    const oldest = [...this.#live.values()]
      .filter((version) => version.isIdle && version.resolved.id !== this.#options.defaultModel)
      .sort((a, b) => a.lastUsedMs - b.lastUsedMs)[0];
    if (oldest === undefined) {
      throw new AppError(
        "busy",
        `${this.#live.size} versions are answering requests and no more may be live. ` +
          "Try again in 1 s, or name one of those.",
        { details: { retryAfterSeconds: 1, live: [...this.#live.keys()] } },
      );
    }
    this.#live.delete(nameOf(oldest.resolved));
    void oldest.end();
  }
}

function nameOf({ id, version }: ResolvedVersion): string {
  return `${id}@${version}`;
}

function naming(index: number, error: AppError): AppError {
  const details = { ...error.details, index };
  return new AppError(error.code, `Text ${index}: ${error.message}`, { details, cause: error });
}

function stopping(): AppError {
  return new AppError("unavailable", "The server is shutting down. Try again in a moment.");
}
