// What versions of a model made of its suites over time, without React: fetched, followed while a
// measurement goes on, and started.

import type { CurrentProbe, ProbeRunsResponse } from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createStore, type Store } from "../frame/store.ts";

export interface ProbeState {
  /** Undefined until the first answer. */
  readonly history?: ProbeRunsResponse | undefined;
  /** Why the history could not be had, or a measurement not be started. */
  readonly failure?: Failure | undefined;
}

export interface ProbeSession extends Pick<Store<ProbeState>, "state" | "subscribe"> {
  readonly load: () => Promise<void>;
  /** Measures the stable version. */
  readonly start: () => Promise<void>;
  readonly close: () => void;
}

export interface ProbeServer {
  readonly history: (model: string, signal: AbortSignal) => Promise<ProbeRunsResponse>;
  readonly start: (model: string) => Promise<CurrentProbe>;
  /** Calls once, later; the result takes that back. */
  readonly after: (delayMs: number, run: () => void) => () => void;
}

/** How often it is asked how far a measurement is. */
const FOLLOW_MS = 2000;

export function createProbeSession(model: string, server: ProbeServer): ProbeSession {
  const { state, become, subscribe } = createStore<ProbeState>({});
  const closing = new AbortController();
  let takeBack = (): void => {};

  const load = async (): Promise<void> => {
    takeBack();
    try {
      const history = await server.history(model, closing.signal);
      if (closing.signal.aborted) return;
      become({ history });
      if (history.current !== null) takeBack = server.after(FOLLOW_MS, () => void load());
    } catch (error) {
      if (!closing.signal.aborted) become({ ...state(), failure: failureIn(error) });
    }
  };
  return {
    state,
    subscribe,
    load,
    start: async () => {
      try {
        await server.start(model);
      } catch (error) {
        become({ ...state(), failure: failureIn(error) });
        return;
      }
      await load();
    },
    close: () => {
      closing.abort();
      takeBack();
    },
  };
}
