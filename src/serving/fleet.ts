// The versions that are live in this process's care: started when somebody asks for them, ended to
// make room, or kept because a release needs them.

import { AppError, type Logger } from "../base/index.ts";
import type { ResolvedVersion } from "../registry/index.ts";
import {
  LiveVersion,
  nameOf,
  type LiveStatus,
  type LiveVersionOptions,
  type ServingObserver,
} from "./live-version.ts";
import { systemTimer, type Timer } from "./timer.ts";

/**
 * Versions that may be live at once beside those that are held; each is at least one process. One
 * more may be where all of them are stable versions and another is asked for by its name.
 */
const LIVE_MAX = 4;
/** How long whoever names a version that could not be opened is told so without another try. */
const REFUSAL_MS = 60_000;

export interface FleetOptions extends Omit<
  LiveVersionOptions,
  "timer" | "logger" | "observer" | "isAskedSince" | "onFailure"
> {
  /** A model whose version that answers when none is named never makes room for others. */
  readonly defaultModel: string;
  readonly logger: Logger;
  readonly timer?: Timer;
  /** The set of live versions has changed; each as "id@V". */
  readonly onLive?: (names: readonly string[]) => void;
}

interface Refusal {
  readonly error: AppError;
  readonly directory: string;
  readonly untilMs: number;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #timer: Timer;
  readonly #live = new Map<string, LiveVersion>();
  /** Those that answer what is in and then end. */
  readonly #retiring = new Set<LiveVersion>();
  readonly #observers = new Set<Partial<ServingObserver>>();
  /** Those that are asked for by their name alone, so that others of that kind may end them. */
  readonly #named = new WeakSet<LiveVersion>();
  /** How many need each version. */
  readonly #holds = new Map<string, number>();
  /** Why versions were given up, and until when that is not tried again with the same files. */
  readonly #refusals = new Map<string, Refusal>();
  /** The version that answers when a request names no model. */
  #defaultName: string | undefined;
  #isEnding = false;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#timer = options.timer ?? systemTimer;
  }

  /** Adds somebody who is told of every batch and restart. */
  observe(observer: Partial<ServingObserver>): void {
    this.#observers.add(observer);
  }

  /** All that are live. */
  all(): readonly LiveVersion[] {
    return [...this.#live.values()];
  }

  find(version: Pick<ResolvedVersion, "id" | "version">): LiveVersion | undefined {
    return this.#live.get(nameOf(version));
  }

  statuses(): readonly LiveStatus[] {
    return this.all().map((version) => version.status());
  }

  /**
   * Starts a version unless it is live; throws `busy` when no more may be, and why one that is only
   * named could not be opened a moment ago.
   */
  open(resolved: ResolvedVersion): LiveVersion {
    if (this.#isEnding) throw stopping();
    const isPinned = resolved.isPinned === true;
    const name = nameOf(resolved);
    if (resolved.id === this.#options.defaultModel && !isPinned) this.#defaultName = name;
    const live = this.#live.get(name) ?? this.#start(resolved);
    if (!isPinned) this.#answersUnnamed(live);
    return live;
  }

  /** Opens a version and resolves once it is run in; throws why it is not. It stays until then. */
  async warm(resolved: ResolvedVersion): Promise<void> {
    // Somebody wants it who may have mended it.
    this.#refusals.delete(nameOf(resolved));
    const live = this.open(resolved);
    const letGo = this.#keep(nameOf(resolved));
    try {
      await live.warmed();
    } finally {
      letGo();
    }
  }

  /** Keeps a version from making room for others, until the result is called. */
  hold(version: Pick<ResolvedVersion, "id" | "version">): () => void {
    const name = nameOf(version);
    // Once a release lets go of it, it is the version that answers, or is retired.
    const live = this.#live.get(name);
    if (live !== undefined) this.#named.delete(live);
    return this.#keep(name);
  }

  #keep(name: string): () => void {
    this.#holds.set(name, (this.#holds.get(name) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#holds.get(name) ?? 1) - 1;
      if (left > 0) this.#holds.set(name, left);
      else this.#holds.delete(name);
    };
  }

  /** Ends a version once it has answered what is in, unless somebody holds it. */
  async retire(version: Pick<ResolvedVersion, "id" | "version">): Promise<void> {
    const name = nameOf(version);
    const live = this.#live.get(name);
    if (live === undefined || this.#holds.has(name)) return;
    this.#live.delete(name);
    this.#retiring.add(live);
    this.#tell();
    await live.idle();
    await live.end();
    this.#retiring.delete(live);
  }

  /** Refuses to start anything from now on. */
  drain(): void {
    this.#isEnding = true;
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    this.drain();
    const live = [...this.all(), ...this.#retiring];
    this.#live.clear();
    await Promise.all(live.map((version) => version.end()));
  }

  #start(resolved: ResolvedVersion): LiveVersion {
    const name = nameOf(resolved);
    const isHeld = this.#holds.has(name);
    if (!isHeld) {
      this.#requireNotRefused(resolved);
      this.#makeRoom(resolved);
    }
    this.#refusals.delete(name);
    const timer = this.#timer;
    const observer: ServingObserver = {
      onBatch: (batch) => this.#observers.forEach((each) => each.onBatch?.(batch)),
      onRestart: (loss) => this.#observers.forEach((each) => each.onRestart?.(loss)),
    };
    const isAskedSince = (sinceMs: number): boolean =>
      this.all().some((version) => version.isAskedSince(sinceMs));
    const onFailure = (error: AppError): void => this.#giveUp(started, error);
    const watch = { isAskedSince, timer, observer, onFailure };
    const started: LiveVersion = new LiveVersion(resolved, { ...this.#options, ...watch });
    this.#live.set(name, started);
    if (!isHeld) this.#named.add(started);
    this.#options.logger.info({ version: name }, "starting a version");
    this.#tell();
    return started;
  }

  /** What is only asked for by its name and never opened is given up; anything else is not. */
  #giveUp(live: LiveVersion, error: AppError): void {
    const name = nameOf(live.resolved);
    if (this.#live.get(name) !== live || !this.#named.has(live) || live.hasOpened) return;
    const { directory } = live.resolved;
    this.#refusals.set(name, { error, directory, untilMs: this.#timer.monotonicMs() + REFUSAL_MS });
    this.#live.delete(name);
    this.#tell();
    void live.end();
  }

  #requireNotRefused(wanted: ResolvedVersion): void {
    const refusal = this.#refusals.get(nameOf(wanted));
    if (wanted.isPinned !== true || refusal?.directory !== wanted.directory) return;
    if (this.#timer.monotonicMs() < refusal.untilMs) throw refusal.error;
  }

  /** Of each model one version does; what did before is only asked for by its name from now on. */
  #answersUnnamed(live: LiveVersion): void {
    if (!this.#named.delete(live)) return;
    const others = this.#free().filter(({ resolved }) => resolved.id === live.resolved.id);
    for (const other of others) if (other !== live) this.#named.add(other);
  }

  /** Those that nobody holds. */
  #free(): readonly LiveVersion[] {
    return this.all().filter(({ resolved }) => !this.#holds.has(nameOf(resolved)));
  }

  /** Ends what was used longest ago of the versions that may go, until another may be live. */
  #makeRoom(wanted: ResolvedVersion): void {
    const free = this.#free();
    const isPinned = wanted.isPinned === true;
    const yielding = isPinned ? free.filter((version) => this.#named.has(version)) : free;
    // With none that yields to a name, one more may be live than else.
    const count = Math.min(yielding.length, Math.max(0, free.length - LIVE_MAX + 1));
    const ended = yielding
      .filter((version) => this.#mayEnd(version))
      .sort((a, b) => a.lastUsedMs - b.lastUsedMs)
      .slice(0, count);
    // None is ended for nothing.
    if (ended.length < count) throw noRoom(wanted, [...this.#live.keys()]);
    for (const oldest of ended) {
      this.#live.delete(nameOf(oldest.resolved));
      void oldest.end();
    }
  }

  #mayEnd(version: LiveVersion): boolean {
    const isDefault = nameOf(version.resolved) === this.#defaultName;
    return version.isIdle && !version.isAwaited && !isDefault;
  }

  #tell(): void {
    this.#options.onLive?.([...this.#live.keys()]);
  }
}

function noRoom(wanted: ResolvedVersion, live: readonly string[]): AppError {
  const details = { retryAfterSeconds: 1, live };
  const isPinned = wanted.isPinned === true;
  const instead = `leave the version out, so that the stable one of ${wanted.id} answers, or `;
  return new AppError(
    "busy",
    `${nameOf(wanted)} cannot be started: ${live.join(", ")} are live and in use, and no more ` +
      `may be. Try again in 1 s, ${isPinned ? instead : ""}name one of those.`,
    { details },
  );
}

export function stopping(): AppError {
  return new AppError("unavailable", "The server is shutting down. Try again in a moment.");
}
