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
import { systemTimer } from "./timer.ts";

/** Versions that may be live at once beside those that are held; each is at least one process. */
const LIVE_MAX = 4;

export interface FleetOptions extends Omit<LiveVersionOptions, "timer" | "logger" | "observer"> {
  /** A model whose version that answers when none is named never makes room for others. */
  readonly defaultModel: string;
  readonly logger: Logger;
  readonly timer?: LiveVersionOptions["timer"];
  /** The set of live versions has changed; each as "id@V". */
  readonly onLive?: (names: readonly string[]) => void;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #live = new Map<string, LiveVersion>();
  /** Those that answer what is in and then end. */
  readonly #retiring = new Set<LiveVersion>();
  readonly #observers = new Set<Partial<ServingObserver>>();
  /** How many need each version. */
  readonly #holds = new Map<string, number>();
  /** The version that answers when a request names no model. */
  #defaultName: string | undefined;
  #isEnding = false;

  constructor(options: FleetOptions) {
    this.#options = options;
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

  /** Starts a version unless it is live; throws `busy` when no more may be. */
  open(resolved: ResolvedVersion): LiveVersion {
    if (this.#isEnding) throw stopping();
    const name = nameOf(resolved);
    const isDefault = resolved.id === this.#options.defaultModel && resolved.isPinned !== true;
    if (isDefault) this.#defaultName = name;
    const found = this.#live.get(name);
    if (found !== undefined) return found;
    if (!this.#holds.has(name)) this.#makeRoom();
    const { timer = systemTimer, ...options } = this.#options;
    const observer: ServingObserver = {
      onBatch: (batch) => this.#observers.forEach((each) => each.onBatch?.(batch)),
      onRestart: (loss) => this.#observers.forEach((each) => each.onRestart?.(loss)),
    };
    const started = new LiveVersion(resolved, { ...options, timer, observer });
    this.#live.set(name, started);
    this.#options.logger.info({ version: name }, "starting a version");
    this.#tell();
    return started;
  }

  /** Keeps a version from making room for others, until the result is called. */
  hold(version: Pick<ResolvedVersion, "id" | "version">): () => void {
    const name = nameOf(version);
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

  /** Ends the idle version that was used longest ago when as many as may be are live. */
  #makeRoom(): void {
    const free = this.all().filter(({ resolved }) => !this.#holds.has(nameOf(resolved)));
    if (free.length < LIVE_MAX) return;
    const oldest = free
      .filter((version) => version.isIdle && nameOf(version.resolved) !== this.#defaultName)
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

  #tell(): void {
    this.#options.onLive?.([...this.#live.keys()]);
  }
}

export function stopping(): AppError {
  return new AppError("unavailable", "The server is shutting down. Try again in a moment.");
}
