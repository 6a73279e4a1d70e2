// The way of a request to a version: the one that it names, or an arm of the release that is under
// way, or the stable one. The default model starts with the server; any other starts with the first
// request that names it.

import { AppError } from "../base/index.ts";
import type { ResolvedVersion } from "../registry/index.ts";
import type { FillInput, FillOutput } from "../tasks/fill-mask/index.ts";
import type { AnswerCache } from "./answer-cache.ts";
import type { SubmitOptions, Try } from "./batcher.ts";
import { stopping, type Fleet } from "./fleet.ts";
import type { LiveStatus, ServingObserver } from "./live-version.ts";
import type { Observation } from "./release/evidence.ts";
import { armFor, type Arm } from "./release/route.ts";
import { systemTimer, type Timer } from "./timer.ts";

/** A release as requests see it. */
export interface Routing {
  /** Chooses which users are among the first. */
  readonly salt: string;
  /** Of the canary, 0..1. */
  readonly share: number;
  readonly arms: Readonly<Record<Arm, ResolvedVersion>>;
  /** The stable version as of this release; when it is another one, a person has chosen that. */
  readonly stable: string;
  /** The canary is asked as well, and its answer only compared. */
  readonly isShadow: boolean;
  readonly observe: (observation: Observation) => void;
  readonly compare: (stable: readonly FillOutput[], canary: readonly FillOutput[]) => void;
}

export interface GatewayOptions {
  /** The model that answers when a request names none. */
  readonly defaultModel: string;
  /** "id" or "id@V" → the version that it stands for now; throws `unknown_model` and the like. */
  readonly resolve: (reference: string) => Promise<ResolvedVersion>;
  readonly fleet: Fleet;
  readonly cache: AnswerCache;
  /** The release of a model that has two arms now. */
  readonly routingOf?: (model: string) => Routing | undefined;
  readonly timer?: Timer;
}

export interface FillCall {
  /** "id" or "id@V"; the default model when absent. */
  readonly model?: string | undefined;
  readonly inputs: readonly FillInput[];
  /** Keeps a user on one arm of a release; the texts decide where it is absent. */
  readonly userKey?: string | undefined;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The model is to be asked, whatever is in memory. */
  readonly skipCache?: boolean | undefined;
  /** Told of every try of every arm, for a trace; nothing is measured without. */
  readonly follow?: ((seen: ArmTry) => void) | undefined;
}

/** A try, and who was asked. */
export interface ArmTry extends Try {
  readonly version: string;
  /** Undefined where no release is under way, and for requests that name a version. */
  readonly arm: Arm | undefined;
}

export interface FillAnswer {
  readonly model: string;
  readonly version: string;
  /** In the order of the inputs. */
  readonly outputs: readonly FillOutput[];
  /** How many of them were in memory. */
  readonly hitCount: number;
}

/** A request as one version answered it; what the metrics of versions count. */
export interface AnswerSeen {
  readonly model: string;
  readonly version: string;
  /** Undefined where no release is under way, and for requests that name a version. */
  readonly arm: Arm | undefined;
  /** The request names the version. */
  readonly isPinned: boolean;
  readonly isError: boolean;
  readonly ms: number;
  readonly confidence: number | undefined;
}

export interface GatewayObserver extends ServingObserver {
  readonly onAnswer?: (answer: AnswerSeen) => void;
}

export interface GatewayStatus {
  readonly state: "ok" | "loading" | "failed" | "stopping";
  readonly model: string;
  /** Why it is not ok. */
  readonly message: string | undefined;
  readonly live: readonly LiveStatus[];
}

/** The part of a deadline that the canary may use; the rest is for the stable version. */
const CANARY_PART = 0.5;
/** What a version is taken to read at least; what needs more than its part then gets all. */
const TOKENS_PER_MS = 1;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #fleet: Fleet;
  readonly #timer: Timer;
  readonly #observers = new Set<GatewayObserver>();
  #startError: AppError | undefined;
  #isStopping = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#fleet = options.fleet;
    this.#timer = options.timer ?? systemTimer;
  }

  get cache(): AnswerCache {
    return this.#options.cache;
  }

  get defaultModel(): string {
    return this.#options.defaultModel;
  }

  /** Adds somebody who is told of every batch, answer and restart. */
  observe(observer: GatewayObserver): void {
    this.#observers.add(observer);
    this.#fleet.observe(observer);
  }

  /**
   * Starts the default model and resolves once it can answer. When it cannot, the reason is
   * thrown and stays in `status`; requests for other models are served nevertheless.
   */
  async start(): Promise<void> {
    try {
      const live = this.#fleet.open(await this.#options.resolve(this.#options.defaultModel));
      await live.settled();
      if (live.failure !== undefined) throw live.failure;
      this.#startError = undefined;
    } catch (error) {
      if (error instanceof AppError) this.#startError = error;
      throw error;
    }
  }

  /** Loads "id" or "id@V" and resolves once all its replicas are warm; throws why they are not. */
  async warm(reference: string): Promise<void> {
    await this.#fleet.warm(await this.#options.resolve(reference));
  }

  /** Ends a version once it has answered what is in, unless a release needs it. */
  async retire(reference: string): Promise<void> {
    await this.#fleet.retire(await this.#options.resolve(reference));
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
    const reference = call.model ?? this.#options.defaultModel;
    const resolved = await this.#options.resolve(reference);
    const isPinned = resolved.isPinned === true;
    const routing = isPinned ? undefined : this.#options.routingOf?.(resolved.id);
    // A promotion may be seen on the disk a moment before the release itself says so.
    if (resolved.version === routing?.arms.canary.version) {
      return this.#askPromoted(resolved, routing, call);
    }
    if (routing?.stable !== resolved.version) return this.#ask(resolved, call);
    return this.#askArms(routing, call);
  }

  status(): GatewayStatus {
    const { defaultModel: model } = this.#options;
    const all = this.#fleet.all();
    const own = all.filter((version) => version.resolved.id === model);
    const isReady = own.some((version) => version.state === "ready");
    const failure = own.find((version) => version.failure !== undefined)?.failure;
    const problem = isReady ? undefined : (failure ?? this.#startError);
    const state = problem !== undefined ? "failed" : isReady ? "ok" : "loading";
    return {
      state: this.#isStopping ? "stopping" : state,
      model,
      message: problem?.message,
      live: this.#fleet.statuses(),
    };
  }

  /** Process ids of all replicas, for logs and tests. */
  pids(): readonly number[] {
    return this.#fleet.all().flatMap((version) => version.pids());
  }

  /** Refuses new requests from now on; those that are in stay. */
  drain(): void {
    this.#isStopping = true;
    this.#fleet.drain();
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    this.drain();
    await this.#fleet.end();
  }

  /**
   * The canary for its share, saved by the stable version when it fails, or is late with little to
   * do; else the stable one.
   */
  async #askArms(routing: Routing, call: FillCall): Promise<FillAnswer> {
    const startMs = this.#timer.monotonicMs();
    const { arms, salt, share } = routing;
    const keyOf = (): string => call.userKey ?? call.inputs.map(({ text }) => text).join("\n");
    const mayBeCanary = share > 0 && this.#isReady(arms.canary);
    if (mayBeCanary && armFor(salt, share, keyOf()) === "canary") {
      // What may take all of the deadline on the stable version may do so here as well.
      const partMs = call.deadlineMs * CANARY_PART;
      const work = this.#fleet.find(arms.canary)?.workOf(call.inputs) ?? 0;
      const isLittle = work <= partMs * TOKENS_PER_MS;
      const deadlineMs = isLittle ? partMs : call.deadlineMs;
      try {
        return await this.#ask(arms.canary, { ...call, deadlineMs, isFailFast: true }, routing);
      } catch (error) {
        if (!isSaved(error) || (!isLittle && isLate(error))) throw error;
      }
    }
    const deadlineMs = call.deadlineMs - (this.#timer.monotonicMs() - startMs);
    const answer = await this.#ask(arms.stable, { ...call, deadlineMs }, routing);
    if (routing.isShadow && this.#isReady(arms.canary)) void this.#shadow(routing, call, answer);
    return answer;
  }

  /**
   * A version that a release has made stable, asked as any stable one is, and still watched. While
   * the old version is warm that answers what the processes of this one fail, so that no request is
   * lost with them; not what is late or finds no room, or it would go on answering unseen.
   */
  async #askPromoted(
    promoted: ResolvedVersion,
    routing: Routing,
    call: FillCall,
  ): Promise<FillAnswer> {
    const startMs = this.#timer.monotonicMs();
    const { stable: old } = routing.arms;
    const isLoading = (this.#fleet.find(promoted)?.state ?? "loading") === "loading";
    try {
      return await this.#ask(promoted, { ...call, isLoading }, routing);
    } catch (error) {
      if (!isFault(error) || isLate(error) || !this.#isReady(old)) throw error;
    }
    const deadlineMs = call.deadlineMs - (this.#timer.monotonicMs() - startMs);
    return this.#ask(old, { ...call, deadlineMs }, routing);
  }

  /** Asks the canary what the stable version has answered already; nobody waits for it. */
  async #shadow(routing: Routing, call: FillCall, { outputs }: FillAnswer): Promise<void> {
    const { signal: _signal, follow: _follow, ...rest } = call;
    try {
      const shadow = await this.#ask(routing.arms.canary, { ...rest, isFailFast: true }, routing);
      // What is asked again and again is compared once.
      if (shadow.hitCount === 0) routing.compare(outputs, shadow.outputs);
    } catch {
      // What an arm does wrong has been observed; a full queue only means that one is left out.
    }
  }

  #isReady(version: ResolvedVersion): boolean {
    return this.#fleet.find(version)?.state === "ready";
  }

  async #ask(
    resolved: ResolvedVersion,
    call: FillCall & { readonly isFailFast?: boolean; readonly isLoading?: boolean },
    routing?: Routing,
  ): Promise<FillAnswer> {
    const startMs = this.#timer.monotonicMs();
    const see = (error: unknown, outputs?: readonly FillOutput[]): void => {
      const confidence = outputs?.[0]?.blanks[0]?.candidates[0]?.score;
      const isError = error !== undefined;
      const seen = { isError, ms: this.#timer.monotonicMs() - startMs, confidence };
      // Time spent waiting for processes to start says nothing of the version; that they fail does.
      const isWatched = call.isLoading !== true || (isError && !isLate(error));
      this.#saw(resolved, seen, { routing, isWatched });
    };
    try {
      const { results, hitCount } = await this.cache.through(resolved.directory, call, (inputs) =>
        this.#fleet.open(resolved).submit(inputs, followed(call, resolved, routing)),
      );
      const outputs = results.map((result, index) => {
        if (!(result instanceof AppError)) return result;
        throw results.length === 1 ? result : naming(index, result);
      });
      // Only a request that was asked of the model, in part at least, can fail; so only such a one
      // is counted when it does not. Memory says nothing of how sure the version is now.
      if (hitCount < results.length) see(undefined, hitCount === 0 ? outputs : undefined);
      return { model: resolved.id, version: resolved.version, outputs, hitCount };
    } catch (error) {
      if (isFault(error)) see(error);
      throw error;
    }
  }

  #saw(
    { id: model, version, isPinned }: ResolvedVersion,
    seen: Omit<Observation, "arm">,
    { routing, isWatched }: { readonly routing: Routing | undefined; readonly isWatched: boolean },
  ): void {
    const arm = armOf(version, routing);
    if (arm !== undefined && isWatched) routing?.observe({ arm, ...seen });
    const byName = routing === undefined && isPinned === true;
    const answer = { model, version, arm, isPinned: byName, ...seen };
    for (const observer of this.#observers) observer.onAnswer?.(answer);
  }
}

/** On which side of a release a version is that was asked for it. */
function armOf(version: string, routing: Routing | undefined): Arm | undefined {
  if (routing === undefined) return undefined;
  return version === routing.arms.canary.version ? "canary" : "stable";
}

/** What a version is asked with; each try is told with its name. */
function followed(
  call: FillCall & Pick<SubmitOptions, "isFailFast">,
  { version }: ResolvedVersion,
  routing: Routing | undefined,
): SubmitOptions {
  const { follow } = call;
  if (follow === undefined) return call;
  return { ...call, onTry: (seen) => follow({ ...seen, version, arm: armOf(version, routing) }) };
}

/** What a version did wrong, and not who asked it. */
function isFault(error: unknown): boolean {
  return !(error instanceof AppError) || error.status >= 500;
}

/** Whether another version may do better. */
function isSaved(error: unknown): boolean {
  return isFault(error) || (error instanceof AppError && error.code === "busy");
}

/** Whether a version has used up the time that it was given. */
function isLate(error: unknown): boolean {
  return error instanceof AppError && error.code === "deadline_exceeded";
}

function naming(index: number, error: AppError): AppError {
  const details = { ...error.details, index };
  return new AppError(error.code, `Text ${index}: ${error.message}`, { details, cause: error });
}
