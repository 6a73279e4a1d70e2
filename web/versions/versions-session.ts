// The Versions room without React: the versions of a model, the one that is looked at, and what a
// person does to it.

import type {
  DeploymentRequest,
  ListedVersion,
  ModelsResponse,
  VersionArchive,
} from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createLatest } from "../api/latest.ts";
import { chosenModel } from "../api/models.ts";
import { createStore, type Store } from "../frame/store.ts";
import type { ReleaseWish } from "../releases/release-wish.ts";
import type { ArchiveFormat } from "./save-archive.ts";

export interface VersionsState {
  readonly models: ModelsResponse["models"];
  /** The model that is looked at. */
  readonly model?: string | undefined;
  /** Undefined until the first answer; the newest first. */
  readonly versions?: readonly ListedVersion[] | undefined;
  /** The version that is looked at, "id@V". */
  readonly opened?: string | undefined;
  /** Of that version, once it is there. */
  readonly archive?: VersionArchive | undefined;
  /** Why the room could not be shown. */
  readonly failure?: Failure | undefined;
  /** A request is on its way. */
  readonly isActing: boolean;
  /** The last thing that was done. */
  readonly done?: "noted" | "stable" | undefined;
  /** Why the last thing was not done. */
  readonly refusal?: Failure | undefined;
}

export interface VersionsServer {
  readonly models: (signal: AbortSignal) => Promise<ModelsResponse>;
  readonly versions: (
    model: string,
    signal: AbortSignal,
  ) => Promise<{ readonly versions: readonly ListedVersion[] }>;
  readonly archive: (id: string, signal: AbortSignal) => Promise<VersionArchive>;
  readonly note: (id: string, text: string) => Promise<VersionArchive>;
  readonly makeStable: (id: string, force: boolean) => Promise<VersionArchive>;
  readonly release: (request: DeploymentRequest) => Promise<void>;
  /** Saves the archive of a version as a file. */
  readonly save: (id: string, format: ArchiveFormat) => Promise<void>;
}

export interface VersionsSession extends Pick<Store<VersionsState>, "state" | "subscribe"> {
  /** Shows the list, or the archive of a version "id@V". */
  readonly open: (id: string | undefined) => Promise<void>;
  readonly choose: (model: string) => Promise<void>;
  readonly writeNote: (text: string) => Promise<void>;
  readonly makeStable: (force: boolean) => Promise<void>;
  /** Begins the release of the version that is looked at. */
  readonly release: (wish?: ReleaseWish) => Promise<void>;
  /** Saves the archive that is looked at as a file. */
  readonly save: (format: ArchiveFormat) => Promise<void>;
  readonly close: () => void;
}

export function createVersionsSession(server: VersionsServer): VersionsSession {
  const { state, become, subscribe } = createStore<VersionsState>({ models: [], isActing: false });
  const latest = createLatest();

  const load = async (): Promise<void> => {
    const signal = latest.begin();
    const { opened } = state();
    try {
      const { models } = await server.models(signal);
      const model = chosenModel(models, opened?.split("@")[0] ?? state().model);
      const { versions = [] } = model === undefined ? {} : await server.versions(model, signal);
      const archive = opened === undefined ? undefined : await server.archive(opened, signal);
      if (signal.aborted) return;
      become({ ...state(), models, model, versions, archive, failure: undefined });
    } catch (error) {
      if (!signal.aborted) become({ ...state(), failure: failureIn(error) });
    }
  };
  /** Does something to the version that is looked at; `done` is what it was, if that shows here. */
  const act = async (
    done: VersionsState["done"],
    task: (id: string) => Promise<VersionArchive | undefined>,
  ): Promise<void> => {
    const { opened } = state();
    if (opened === undefined) return;
    become({ ...state(), isActing: true, done: undefined, refusal: undefined });
    try {
      const archive = (await task(opened)) ?? state().archive;
      become({ ...state(), isActing: false, done, archive });
    } catch (error) {
      become({ ...state(), isActing: false, refusal: failureIn(error) });
      return;
    }
    await load();
  };
  return {
    state,
    subscribe,
    open: async (id) => {
      const fresh = { archive: undefined, done: undefined, refusal: undefined, failure: undefined };
      become({ ...state(), ...fresh, opened: id });
      await load();
    },
    choose: async (model) => {
      become({ ...state(), model, versions: undefined });
      await load();
    },
    writeNote: (text) => act("noted", (id) => server.note(id, text)),
    makeStable: (force) => act("stable", (id) => server.makeStable(id, force)),
    release: (wish) =>
      act(undefined, async (id) => {
        const [model = "", version = ""] = id.split("@");
        await server.release({ model, version, ...wish });
        return undefined;
      }),
    save: (format) =>
      act(undefined, async (id) => {
        await server.save(id, format);
        return undefined;
      }),
    close: latest.abandon,
  };
}
