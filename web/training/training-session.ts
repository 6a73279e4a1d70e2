// The Training room without React: runs as the server tells of them, and what a person does to them.

import type {
  DeploymentRequest,
  ModelsResponse,
  TrainingRun,
  TrainingRunRequest,
  TrainingRunsResponse,
  WaitingQuery,
  WaitingResponse,
} from "../../src/wire/index.ts";
import type { EventListener } from "../api/events.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createLatest } from "../api/latest.ts";
import { chosenModel } from "../api/models.ts";
import { reachKeeper } from "../frame/reach.ts";
import { createStore, type Store } from "../frame/store.ts";
import type { ReleaseWish } from "../releases/release-wish.ts";
import type { RunWish } from "./run-wish.ts";

export interface TrainingState {
  /** Undefined until the first answer; the newest first. */
  readonly runs?: readonly TrainingRun[] | undefined;
  readonly models: ModelsResponse["models"];
  /** The model that is looked at. */
  readonly model?: string | undefined;
  /** What waits for it. */
  readonly waiting?: WaitingResponse | undefined;
  /** A request is on its way. */
  readonly isActing: boolean;
  /** Runs that were asked to stop and have not ended yet. */
  readonly stopping: ReadonlySet<string>;
  /** No events come. */
  readonly isCutOff: boolean;
  /** Why the room could not be shown. */
  readonly failure?: Failure | undefined;
  /** Why the last thing was not done. */
  readonly refusal?: Failure | undefined;
}

export interface TrainingServer {
  readonly models: (signal: AbortSignal) => Promise<ModelsResponse>;
  readonly runs: (signal: AbortSignal) => Promise<TrainingRunsResponse>;
  readonly waiting: (query: WaitingQuery, signal: AbortSignal) => Promise<WaitingResponse>;
  readonly start: (request: TrainingRunRequest) => Promise<TrainingRun>;
  readonly control: (id: string, action: "stop" | "resume") => Promise<TrainingRun>;
  readonly makeStable: (id: string, force: boolean) => Promise<unknown>;
  readonly release: (request: DeploymentRequest) => Promise<void>;
  /** Calls back for each run that changes; gives what ends it. */
  readonly events: (listener: EventListener<TrainingRun>) => () => void;
}

export interface TrainingSession extends Pick<Store<TrainingState>, "state" | "subscribe"> {
  readonly load: () => Promise<void>;
  /** Follows events; gives what ends it, and what is being loaded. */
  readonly follow: () => () => void;
  readonly choose: (model: string) => Promise<void>;
  /** From what waits; without a wish as the recipe does by itself. */
  readonly start: (wish?: RunWish) => Promise<void>;
  readonly stop: (id: string) => Promise<void>;
  readonly resume: (id: string) => Promise<void>;
  readonly makeStable: (run: TrainingRun) => Promise<void>;
  readonly release: (run: TrainingRun, wish?: ReleaseWish) => Promise<void>;
}

export function createTrainingSession(server: TrainingServer): TrainingSession {
  const { state, become, subscribe } = createStore<TrainingState>({
    models: [],
    isActing: false,
    stopping: new Set(),
    isCutOff: false,
  });
  const latest = createLatest();
  const load = (): Promise<void> => loadInto(server, { state, become }, latest.begin());
  const take = (run: TrainingRun): void => {
    const known = state().runs?.find(({ id }) => id === run.id);
    become(withRun(state(), run));
    // An end and a beginning change what waits, and an end which versions there are.
    if (known?.state !== run.state) void load();
  };
  const takeAnswer = (run: TrainingRun): void => {
    take(newestOf(run, state().runs));
  };
  const act = async (task: () => Promise<unknown>): Promise<void> => {
    become({ ...state(), isActing: true, refusal: undefined });
    try {
      await task();
      become({ ...state(), isActing: false });
    } catch (error) {
      become({ ...state(), isActing: false, refusal: failureIn(error) });
    }
  };
  return {
    state,
    subscribe,
    load,
    follow: () => {
      const onReach = reachKeeper({ state, become }, load);
      const end = server.events({ onChange: take, onReach });
      return () => {
        end();
        latest.abandon();
      };
    },
    choose: async (model) => {
      become({ ...state(), model, waiting: undefined });
      await load();
    },
    start: (wish) =>
      act(async () => {
        const { model } = state();
        takeAnswer(await server.start({ ...wish, ...(model && { model }) }));
      }),
    stop: (id) =>
      act(async () => {
        const run = await server.control(id, "stop");
        become({ ...state(), stopping: new Set([...state().stopping, id]) });
        takeAnswer(run);
      }),
    resume: (id) => act(async () => takeAnswer(await server.control(id, "resume"))),
    makeStable: ({ model, result }) =>
      act(async () => {
        if (result === undefined) return;
        await server.makeStable(`${model}@${result.version}`, false);
        await load();
      }),
    release: ({ model, result }, wish) =>
      act(async () => {
        if (result !== undefined) await server.release({ model, version: result.version, ...wish });
      }),
  };
}

async function loadInto(
  server: TrainingServer,
  { state, become }: Pick<Store<TrainingState>, "state" | "become">,
  signal: AbortSignal,
): Promise<void> {
  try {
    const { models } = await server.models(signal);
    const model = chosenModel(models, state().model);
    const answer = await server.runs(signal);
    const waiting = await server.waiting(model === undefined ? {} : { model }, signal);
    signal.throwIfAborted();
    const runs = answer.runs.map((run) => newestOf(run, state().runs));
    become({ ...state(), models, model, runs, waiting, failure: undefined });
  } catch (error) {
    if (!signal.aborted) become({ ...state(), failure: failureIn(error) });
  }
}

/** With `run` in its place, or as the newest; an ended one is not stopping any more. */
function withRun({ runs = [], stopping, ...rest }: TrainingState, run: TrainingRun): TrainingState {
  const isKnown = runs.some(({ id }) => id === run.id);
  const next = isKnown ? runs.map((each) => (each.id === run.id ? run : each)) : [run, ...runs];
  const isEnded = run.state !== "running";
  const left = isEnded ? new Set([...stopping].filter((id) => id !== run.id)) : stopping;
  return { ...rest, runs: next, stopping: left };
}

/** The run of an answer, or as it was told of meanwhile: events may be faster than an answer. */
function newestOf(run: TrainingRun, told: readonly TrainingRun[] = []): TrainingRun {
  const known = told.find(({ id }) => id === run.id);
  return known === undefined || run.updatedAt > known.updatedAt ? run : known;
}

/** Of the model that is looked at, the newest first. */
export function runsOf({ runs = [], model }: TrainingState): readonly TrainingRun[] {
  return model === undefined ? runs : runs.filter((run) => run.model === model);
}
