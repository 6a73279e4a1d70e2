// How often one caller may ask: a bucket of tokens for each, filled evenly and as large as a
// minute's worth, so that a short burst is as welcome as an even stream. Memory is bounded: of too
// many buckets the one that was used longest ago goes.

import type { Clock } from "../base/index.ts";

const MINUTE_MS = 60_000;
const CALLERS_MAX = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export class RateLimiter {
  readonly #perMinute: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** The one that was used longest ago first. */
  readonly #buckets = new Map<string, Bucket>();

  /** `perMinute`: 0 for no limit. */
  constructor(perMinute: number, clock: Pick<Clock, "monotonicMs">) {
    this.#perMinute = perMinute;
    this.#clock = clock;
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Takes a token of `caller`; the whole seconds to wait when there is none, 0 when there was. */
  take(caller: string): number {
    if (this.#perMinute === 0) return 0;
    const atMs = this.#clock.monotonicMs();
    const tokens = this.#tokensOf(caller, atMs);
    const isRefused = tokens < 1;
    this.#buckets.delete(caller);
    this.#buckets.set(caller, { tokens: isRefused ? tokens : tokens - 1, atMs });
    if (this.#buckets.size > CALLERS_MAX) this.#makeRoom();
    return isRefused ? Math.ceil(((1 - tokens) * MINUTE_MS) / this.#perMinute / 1000) : 0;
  }

  #tokensOf(caller: string, nowMs: number): number {
    const bucket = this.#buckets.get(caller);
    if (bucket === undefined) return this.#perMinute;
    const filled = ((nowMs - bucket.atMs) * this.#perMinute) / MINUTE_MS;
    return Math.min(this.#perMinute, bucket.tokens + filled);
  }

  #makeRoom(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
