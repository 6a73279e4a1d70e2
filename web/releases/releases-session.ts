// The Releases room without React: the deployments as the server tells of them, how each release came
// to where it is, and what a person does to it.

import type { Deployment, DeploymentsResponse, VersionArchive } from "../../src/wire/index.ts";
import type { ReleaseMove } from "../api/client.ts";
import type { EventListener } from "../api/events.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createLatest } from "../api/latest.ts";
import { reachKeeper } from "../frame/reach.ts";
import { createStore, type Store } from "../frame/store.ts";
import { movesOf, type Move } from "./release-view.ts";

export interface ReleasesState {
  /** Undefined until the first answer. */
  readonly deployments?: readonly Deployment[] | undefined;
  /** Of the newest release of each model, the newest first. */
  readonly moves: ReadonlyMap<string, readonly Move[]>;
  /** A request is on its way. */
  readonly isActing: boolean;
  /** No events come. */
  readonly isCutOff: boolean;
  /** Why the room could not be shown. */
  readonly failure?: Failure | undefined;
  /** Why the last thing was not done, and to which model. */
  readonly refusal?: { readonly model: string; readonly failure: Failure } | undefined;
}

export interface ReleasesServer {
  readonly deployments: (signal: AbortSignal) => Promise<DeploymentsResponse>;
  readonly archive: (id: string, signal: AbortSignal) => Promise<Pick<VersionArchive, "moves">>;
  readonly move: (model: string, move: ReleaseMove) => Promise<Deployment>;
  /** Calls back for each deployment that changes; gives what ends it. */
  readonly events: (listener: EventListener<Deployment>) => () => void;
}

export interface ReleasesSession extends Pick<Store<ReleasesState>, "state" | "subscribe"> {
  readonly load: () => Promise<void>;
  /** Follows events; gives what ends it, and what is being loaded. */
  readonly follow: () => () => void;
  readonly move: (model: string, move: ReleaseMove) => Promise<void>;
}

export function createReleasesSession(server: ReleasesServer): ReleasesSession {
  const { state, become, subscribe } = createStore<ReleasesState>({
    moves: new Map(),
    isActing: false,
    isCutOff: false,
  });
  const latest = createLatest();
  let leaving = new AbortController();
  let told = 0;

  const loadMoves = async ({ model, release }: Deployment): Promise<void> => {
    if (release === null) return;
    const { signal } = leaving;
    try {
      const { moves } = await server.archive(`${model}@${release.version}`, signal);
      if (signal.aborted || sinceIn(state(), model) !== release.since) return;
      const all = new Map(state().moves).set(model, movesOf(release, moves));
      become({ ...state(), moves: all });
    } catch {
      // The room works without; the next move asks again.
    }
  };
  const take = (deployment: Deployment): void => {
    told += 1;
    const before = sinceIn(state(), deployment.model);
    become({ ...state(), deployments: withOne(state().deployments ?? [], deployment) });
    if (deployment.release?.since !== before) void loadMoves(deployment);
  };
  const load = async (): Promise<void> => {
    const signal = latest.begin();
    const toldBefore = told;
    try {
      const { deployments } = await server.deployments(signal);
      if (signal.aborted) return;
      // What was told meanwhile may be newer than this answer.
      if (told !== toldBefore) {
        await load();
        return;
      }
      become({ ...state(), deployments, failure: undefined });
      await Promise.all(deployments.map(loadMoves));
    } catch (error) {
      if (!signal.aborted) become({ ...state(), failure: failureIn(error) });
    }
  };
  return {
    state,
    subscribe,
    load,
    follow: () => {
      leaving = new AbortController();
      const onReach = reachKeeper({ state, become }, load);
      const end = server.events({ onChange: take, onReach });
      return () => {
        end();
        latest.abandon();
        leaving.abort();
      };
    },
    move: createMover(server, { state, become, take, load }),
  };
}

interface Parts extends Pick<Store<ReleasesState>, "state" | "become"> {
  readonly take: (deployment: Deployment) => void;
  readonly load: () => Promise<void>;
}

function createMover(
  server: ReleasesServer,
  { state, become, take, load }: Parts,
): ReleasesSession["move"] {
  const goingBack = new Set<string>();
  return async (model, move) => {
    const isBack = move.kind === "rollback";
    // Somebody in a hurry presses twice, and must not read that nothing was there to do.
    if (isBack && goingBack.has(model)) return;
    if (isBack) goingBack.add(model);
    become({ ...state(), isActing: true, refusal: undefined });
    try {
      take(await server.move(model, move));
      become({ ...state(), isActing: false });
    } catch (error) {
      become({ ...state(), isActing: false, refusal: { model, failure: failureIn(error) } });
      // It may be elsewhere than it seemed.
      void load();
    } finally {
      if (isBack) goingBack.delete(model);
    }
  };
}

function sinceIn({ deployments = [] }: ReleasesState, model: string): string | undefined {
  return deployments.find((each) => each.model === model)?.release?.since;
}

function withOne(deployments: readonly Deployment[], one: Deployment): readonly Deployment[] {
  const isKnown = deployments.some(({ model }) => model === one.model);
  if (!isKnown) return [...deployments, one];
  return deployments.map((each) => (each.model === one.model ? one : each));
}
