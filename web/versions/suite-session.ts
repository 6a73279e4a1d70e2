// The suites of a model, without React: fetched, added from a file, and removed.

import type { SuiteRequest, SuitesResponse } from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createLatest } from "../api/latest.ts";
import { textOf } from "../frame/file-text.ts";
import { createStore, type Store } from "../frame/store.ts";

/** The server takes no longer names. */
export const NAME_CHARACTERS_MAX = 40;

export type Suite = SuitesResponse["suites"][number];

/** What became of the last thing a person did. */
export type SuiteOutcome =
  | { readonly kind: "added" | "removed"; readonly name: string }
  | { readonly kind: "unreadable" }
  | { readonly kind: "failed"; readonly failure: Failure };

export interface SuiteState {
  /** Undefined until the first answer. */
  readonly suites?: readonly Suite[] | undefined;
  /** Why they could not be had. */
  readonly failure?: Failure | undefined;
  readonly isActing: boolean;
  readonly outcome?: SuiteOutcome | undefined;
}

export interface SuiteSession extends Pick<Store<SuiteState>, "state" | "subscribe"> {
  readonly load: () => Promise<void>;
  /** Adds what a file holds; gives whether it was taken. */
  readonly add: (name: string, file: Pick<Blob, "arrayBuffer">) => Promise<boolean>;
  readonly remove: (name: string) => Promise<void>;
  readonly close: () => void;
}

export interface SuiteServer {
  readonly list: (model: string, signal: AbortSignal) => Promise<SuitesResponse>;
  readonly add: (request: SuiteRequest) => Promise<SuitesResponse>;
  readonly remove: (model: string, name: string) => Promise<SuitesResponse>;
}

export function createSuiteSession(model: string, server: SuiteServer): SuiteSession {
  const { state, become, subscribe } = createStore<SuiteState>({ isActing: false });
  const latest = createLatest();

  const act = async (
    outcome: SuiteOutcome,
    ask: () => Promise<SuitesResponse>,
  ): Promise<boolean> => {
    become({ ...state(), isActing: true, outcome: undefined });
    try {
      const { suites } = await ask();
      become({ suites, isActing: false, outcome });
      return true;
    } catch (error) {
      const failed = { kind: "failed", failure: failureIn(error) } as const;
      become({ ...state(), isActing: false, outcome: failed });
      return false;
    }
  };
  return {
    state,
    subscribe,
    load: async () => {
      const signal = latest.begin();
      try {
        const { suites } = await server.list(model, signal);
        if (!signal.aborted) become({ ...state(), suites, failure: undefined });
      } catch (error) {
        if (!signal.aborted) become({ ...state(), failure: failureIn(error) });
      }
    },
    add: async (name, file) => {
      const text = await textOf(file);
      if (text !== undefined) {
        return act({ kind: "added", name }, () => server.add({ model, name, text }));
      }
      become({ ...state(), outcome: { kind: "unreadable" } });
      return false;
    },
    remove: async (name) => {
      await act({ kind: "removed", name }, () => server.remove(model, name));
    },
    close: latest.abandon,
  };
}

/** A suite's name as its file proposes it; what the server takes, or empty. */
export function proposedName(fileName: string): string {
  const name = fileName
    .replace(/\.jsonl$/i, "")
    .replace(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[._-]+/, "");
  return [...name].slice(0, NAME_CHARACTERS_MAX).join("");
}
