// What a room does as the server's events cease and come back.

import type { Store } from "./store.ts";

export function reachKeeper<T extends { readonly isCutOff: boolean }>(
  { state, become }: Pick<Store<T>, "state" | "become">,
  load: () => Promise<void>,
): (isReached: boolean) => void {
  return (isReached) => {
    // What happened meanwhile was not told.
    if (isReached && state().isCutOff) void load();
    if (isReached === state().isCutOff) become({ ...state(), isCutOff: !isReached });
  };
}
