// A read of the store that stays in memory until the store changes: here, or by another process.

import type { Store } from "./stores/sqlite.ts";

export class Followed<T> {
  readonly #store: Store;
  readonly #read: () => Promise<T>;
  #seen: { readonly stamp: number; readonly value: Promise<T> } | undefined;

  constructor(store: Store, read: () => Promise<T>) {
    this.#store = store;
    this.#read = read;
  }

  /** From memory as long as no other process has changed the store and nobody called `forget`. */
  async value(): Promise<T> {
    const stamp = this.#store.foreignChanges();
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

  /** After a change by this process. */
  forget(): void {
    this.#seen = undefined;
  }
}
