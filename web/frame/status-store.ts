// What is known about the server, told by whoever last heard from it.

import type { FailureKind } from "../api/failure.ts";
import { createStore, type Store } from "./store.ts";

export interface ServerState {
  /** troubled: it answers, but with a mistake of its own. */
  readonly reach: "waiting" | "ready" | "troubled" | "unreachable";
  readonly model?: string | undefined;
  readonly version?: string | undefined;
  /** How long the last answer took. */
  readonly lastAnswerMs?: number | undefined;
}

interface Answerer {
  readonly model: string;
  readonly version: string;
}

export interface StatusStore extends Pick<Store<ServerState>, "state" | "subscribe"> {
  readonly answeredBy: (by: Answerer & { readonly tookMs: number }) => void;
  /** Who would answer, as the server says of itself. */
  readonly named: (by: Answerer & { readonly isReady: boolean }) => void;
  /** Another version answers from now on. */
  readonly switchedTo: (by: Answerer) => void;
  readonly failed: (kind: FailureKind) => void;
}

/** What a failure says about the server; nothing where it is about one request. */
const REACH_AFTER: Readonly<Partial<Record<FailureKind, ServerState["reach"]>>> = {
  unreachable: "unreachable",
  starting: "waiting",
  slow: "troubled",
  unknown: "troubled",
};

export function createStatusStore(): StatusStore {
  const { state, become, subscribe } = createStore<ServerState>({ reach: "waiting" });
  return {
    state,
    subscribe,
    answeredBy: ({ model, version, tookMs }) =>
      become({ reach: "ready", model, version, lastAnswerMs: tookMs }),
    named: ({ model, version, isReady }) => {
      if (state().model !== undefined) return;
      become({ ...state(), model, version, ...(isReady ? { reach: "ready" } : {}) });
    },
    switchedTo: ({ model, version }) => {
      if (model === state().model) become({ ...state(), version });
    },
    failed: (kind) => {
      const reach = REACH_AFTER[kind];
      if (reach !== undefined) become({ ...state(), reach });
    },
  };
}

/** The server that this page came from. */
export const serverStatus = createStatusStore();
