// The key that the page sends with what it asks. It lives as long as its tab: in the session's
// storage, or where that is forbidden, in memory.

import { createStore } from "../frame/store.ts";

const MEMORY_KEY = "whetstone-key";

export interface KeyState {
  readonly key: string | undefined;
  /** missing: the server wants a key · refused: it does not know this one · weak: not enough. */
  readonly problem: "missing" | "refused" | "weak" | undefined;
}

const { state, become, subscribe } = createStore<KeyState>({
  key: remembered(),
  problem: undefined,
});

export const keyStore = {
  state,
  subscribe,
  enter: (key: string): void => {
    remember(key);
    become({ key, problem: undefined });
  },
  /** Asks for another key: this one is known and may not do what was wanted. */
  change: (): void => become({ key: state().key, problem: "weak" }),
  /** Goes on with the key that is there. */
  keep: (): void => become({ key: state().key, problem: undefined }),
  /** The server has answered that it lets nobody in with this key, or without one. */
  refused: (sent: string | undefined): void => {
    // What was sent before another key was entered says nothing of that one.
    if (sent !== state().key) return;
    become({ key: sent, problem: sent === undefined ? "missing" : "refused" });
  },
};

/** A request with the key, where there is one. */
export function withKey(init: RequestInit, key: string | undefined): RequestInit {
  if (key === undefined) return init;
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${key}`);
  return { ...init, headers };
}

function remembered(): string | undefined {
  try {
    return sessionStorage.getItem(MEMORY_KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

function remember(key: string): void {
  try {
    sessionStorage.setItem(MEMORY_KEY, key);
  } catch {
    // It lasts as long as the page, then.
  }
}
