// A read of the store that stays in memory until the store changes, here or by another process.

import type { Store } from "./stores/sqlite.ts";

export class Followed<T> {
  readonly #store: Store;
  readonly #read: () => Promise<T>;
  #seen: { readonly stamp: number; readonly value: Promise<T> } | undefined;

  constructor(store: Store, read: () => Promise<T>) {
    this.#store = store;
    this.#read = read;
  }

  /** From memory as long as nothing in the store has changed. */
  async value(): Promise<T> {
    const stamp = this.#store.changeStamp();
    if (this.#seen?.stamp !== stamp) {
      const value = this.#read();
      this.#seen = { stamp, value };
      value.catch(() => (this.#seen = undefined));
    }
    return this.#seen.value;
  }

  /** What was read last, however long ago; undefined when nothing was, or it was forgotten. */
  get last(): Promise<T> | undefined {
    return this.#seen?.value;
  }

  /** After a change to this by the process itself, so that `last` is not from before it. */
  forget(): void {
    this.#seen = undefined;
  }
}
