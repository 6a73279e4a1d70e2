// What an arm did lately: errors by the second for a minute, and its newest answers.

import type { Count } from "./sequential.ts";

const SECONDS = 60;
const ANSWERS_MAX = 1000;

interface Second {
  readonly second: number;
  count: number;
  events: number;
}

export class ErrorWindow {
  readonly #seconds: Second[] = [];

  add(nowMs: number, isError: boolean): void {
    const second = Math.floor(nowMs / 1000);
    let last = this.#seconds.at(-1);
    if (last?.second !== second) {
      last = { second, count: 0, events: 0 };
      this.#seconds.push(last);
      this.#forget(second);
    }
    last.count += 1;
    if (isError) last.events += 1;
  }

  /** Requests and errors of the last minute. */
  lastMinute(nowMs: number): Count {
    this.#forget(Math.floor(nowMs / 1000));
    const sum = { count: 0, events: 0 };
    for (const { count, events } of this.#seconds) {
      sum.count += count;
      sum.events += events;
    }
    return sum;
  }

  #forget(second: number): void {
    while ((this.#seconds[0]?.second ?? Infinity) <= second - SECONDS) this.#seconds.shift();
  }
}

/** The newest values of an arm; quantiles of them are its present distribution. */
export class Recent {
  readonly #values: Float64Array;
  #count = 0;
  #seenCount = 0;

  constructor(most: number = ANSWERS_MAX) {
    this.#values = new Float64Array(most);
  }

  add(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** Values that came since a quantile was last asked for. */
  get unseenCount(): number {
    return this.#count - this.#seenCount;
  }

  /** Whether it has forgotten some, or is about to. */
  get isFull(): boolean {
    return this.#count >= this.#values.length;
  }

  /** The value below which `share` [0..1) of them lie; undefined without any. */
  quantile(share: number): number | undefined {
    this.#seenCount = this.#count;
    const sorted = this.#values.slice(0, this.#count).sort();
    return sorted[Math.floor(share * sorted.length)];
  }
}
