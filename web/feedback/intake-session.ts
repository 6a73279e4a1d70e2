// Files that come in and users who go, without React: what was asked, and what became of it.

import type {
  ImportRequest,
  ImportResponse,
  ModelsResponse,
  UserDeletionResponse,
} from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createLatest } from "../api/latest.ts";
import { chosenModel } from "../api/models.ts";
import { textOf } from "../frame/file-text.ts";
import { createStore, type Store } from "../frame/store.ts";

export type ImportKind = NonNullable<ImportRequest["kind"]>;

/** What became of the last thing a person did. */
export type IntakeOutcome =
  | { readonly kind: "imported"; readonly result: ImportResponse }
  | { readonly kind: "deleted"; readonly result: UserDeletionResponse }
  | { readonly kind: "unreadable" }
  | { readonly kind: "failed"; readonly failure: Failure };

export interface IntakeState {
  readonly models: ModelsResponse["models"];
  /** Which is to learn what is imported, and what people are asked about. */
  readonly model?: string | undefined;
  readonly isActing: boolean;
  readonly outcome?: IntakeOutcome | undefined;
}

export interface ChosenFile extends Pick<Blob, "arrayBuffer"> {
  readonly name: string;
}

export interface IntakeSession extends Pick<Store<IntakeState>, "state" | "subscribe"> {
  readonly load: () => Promise<void>;
  readonly choose: (model: string) => void;
  /** Gives whether it was taken; without a kind the name of the file tells. */
  readonly add: (file: ChosenFile, kind: ImportKind | undefined) => Promise<boolean>;
  /** Gives whether it was done. */
  readonly deleteUser: (userKey: string) => Promise<boolean>;
  readonly close: () => void;
}

export interface IntakeServer {
  readonly models: (signal: AbortSignal) => Promise<ModelsResponse>;
  readonly add: (request: ImportRequest) => Promise<ImportResponse>;
  readonly deleteUser: (userKey: string) => Promise<UserDeletionResponse>;
}

export function createIntakeSession(server: IntakeServer): IntakeSession {
  const { state, become, subscribe } = createStore<IntakeState>({ models: [], isActing: false });
  const latest = createLatest();

  const act = async (ask: () => Promise<IntakeOutcome>): Promise<boolean> => {
    become({ ...state(), isActing: true, outcome: undefined });
    try {
      become({ ...state(), outcome: await ask(), isActing: false });
      return true;
    } catch (error) {
      const outcome = { kind: "failed", failure: failureIn(error) } as const;
      become({ ...state(), isActing: false, outcome });
      return false;
    }
  };
  return {
    state,
    subscribe,
    load: async () => {
      const signal = latest.begin();
      try {
        const { models } = await server.models(signal);
        if (signal.aborted) return;
        become({ ...state(), models, model: chosenModel(models, state().model) });
      } catch {
        // Without a choice the server's default learns it; that it is gone is said when it is asked.
      }
    },
    choose: (model) => become({ ...state(), model }),
    add: async (file, kind) => {
      const text = await textOf(file);
      if (text === undefined) {
        become({ ...state(), outcome: { kind: "unreadable" } });
        return false;
      }
      const { model } = state();
      const request = { name: file.name, text, ...(kind && { kind }), ...(model && { model }) };
      return act(async () => ({ kind: "imported", result: await server.add(request) }));
    },
    deleteUser: (userKey) =>
      act(async () => ({ kind: "deleted", result: await server.deleteUser(userKey) })),
    close: latest.abandon,
  };
}
