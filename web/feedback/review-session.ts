// The Feedback room without React: which samples are shown, which are picked, what a reviewer decides.

import type {
  DeletionResponse,
  ReviewRequest,
  ReviewResponse,
  SamplesQuery,
  SamplesResponse,
  SampleState,
  SampleSummary,
} from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createLatest } from "../api/latest.ts";
import { createStore, type Store } from "../frame/store.ts";

/** queued: what the next training can take · unanswered: of these, those without a right word. */
export type Filter = SampleState | "all" | "unanswered";

export interface ReviewState {
  readonly filter: Filter;
  readonly isLoading: boolean;
  /** Undefined until the first answer. */
  readonly counts?: Readonly<Record<string, number>> | undefined;
  /** Of the queued ones, those without a right word. */
  readonly unanswered: number;
  readonly samples: readonly SampleSummary[];
  /** Ids of samples that are shown. */
  readonly picked: ReadonlySet<string>;
  /** Why the list could not be had. */
  readonly failure?: Failure | undefined;
  /** The last thing that was done, or why it was not. */
  readonly done?: Done | undefined;
}

export interface Done {
  readonly action: ReviewRequest["action"] | "delete";
  readonly count: number;
  /** Of these, what stays held: a suite asks it, and no training learns it. */
  readonly askedCount?: number | undefined;
  readonly failure?: Failure | undefined;
  /** What is still known of deleted samples: "id@V" of those that learned them. */
  readonly learnedBy?: readonly string[] | undefined;
  /** A run under way has them, too. */
  readonly isInRun?: boolean | undefined;
}

export interface Edit {
  readonly text?: string;
  readonly answers: string[];
  readonly rejected?: string[];
}

export interface ReviewSession extends Pick<Store<ReviewState>, "state" | "subscribe"> {
  readonly show: (filter: Filter) => Promise<void>;
  readonly more: () => Promise<void>;
  readonly pick: (ids: readonly string[], isPicked: boolean) => void;
  /** Resolves with whether it was done. */
  readonly decide: (
    action: "accept" | "reject" | "delete",
    ids: readonly string[],
  ) => Promise<boolean>;
  readonly edit: (id: string, edit: Edit) => Promise<boolean>;
  readonly close: () => void;
}

export interface ReviewServer {
  readonly load: (query: SamplesQuery, signal: AbortSignal) => Promise<SamplesResponse>;
  readonly review: (request: ReviewRequest) => Promise<ReviewResponse>;
  readonly remove: (id: string) => Promise<DeletionResponse>;
}

/** Samples that the server takes in one review; its schema says so too. */
export const REVIEW_MAX = 500;
/** Samples that are fetched at a time. */
export const PAGE_COUNT = 50;

export function createReviewSession(server: ReviewServer): ReviewSession {
  const { state, become, subscribe } = createStore<ReviewState>({
    filter: "all",
    isLoading: true,
    unanswered: 0,
    samples: [],
    picked: new Set(),
  });
  const latest = createLatest();

  const load = async (offset: number, limit: number): Promise<void> => {
    const signal = latest.begin();
    const { filter } = state();
    become({ ...state(), isLoading: true });
    try {
      const page = { limit: String(limit), offset: String(offset) };
      const query = { ...queryOf(filter), ...page };
      const { counts, unanswered, samples } = await server.load(query, signal);
      if (signal.aborted) return;
      const all = joined(state().samples.slice(0, offset), samples);
      const shown = new Set(all.map(({ id }) => id));
      const picked = new Set([...state().picked].filter((id) => shown.has(id)));
      const loaded = { isLoading: false, counts, unanswered, samples: all, picked };
      become({ ...state(), ...loaded, failure: undefined });
    } catch (error) {
      if (signal.aborted) return;
      become({ ...state(), isLoading: false, failure: failureIn(error) });
    }
  };
  const act = async (
    done: Pick<Done, "action" | "count">,
    run: () => Promise<Partial<Done>>,
  ): Promise<boolean> => {
    try {
      const found = await run();
      become({ ...state(), done: { ...done, ...found }, picked: new Set() });
    } catch (error) {
      become({ ...state(), done: { ...done, failure: failureIn(error) } });
      return false;
    }
    await load(0, Math.max(PAGE_COUNT, state().samples.length));
    return true;
  };
  return {
    state,
    subscribe,
    show: async (filter) => {
      const isOther = filter !== state().filter;
      const fresh = isOther ? { samples: [], picked: new Set<string>() } : {};
      become({ ...state(), ...fresh, filter, done: undefined });
      await load(0, PAGE_COUNT);
    },
    more: () => load(state().samples.length, PAGE_COUNT),
    pick: (ids, isPicked) => {
      become({ ...state(), picked: withPicked(state(), ids, isPicked) });
    },
    decide: (action, ids) =>
      act({ action, count: ids.length }, async () => {
        if (action === "delete") return removed(server, ids);
        return decided(server, action, ids);
      }),
    edit: (id, edit) =>
      act({ action: "edit", count: 1 }, async () => {
        return { askedCount: askedIn(await server.review({ action: "edit", ids: [id], ...edit })) };
      }),
    close: latest.abandon,
  };
}

/** How many samples there are behind a filter; undefined until the first answer. */
export function countOf(
  { counts, unanswered }: Pick<ReviewState, "counts" | "unanswered">,
  filter: Filter,
): number | undefined {
  if (counts === undefined) return undefined;
  if (filter === "all") return Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (filter === "unanswered") return unanswered;
  return counts[filter] ?? 0;
}

/** Where a decision may be wanted, the most doubtful come first. */
function queryOf(filter: Filter): Pick<SamplesQuery, "state" | "answered" | "order"> {
  if (filter === "all") return {};
  if (filter === "unanswered") return { state: "queued", answered: "no" };
  const isDoubtful = filter === "held" || filter === "used";
  return { state: filter, ...(isDoubtful && { order: "doubt" }) };
}

async function decided(
  server: ReviewServer,
  action: "accept" | "reject",
  ids: readonly string[],
): Promise<Partial<Done>> {
  let askedCount = 0;
  for (const part of partsOf(ids)) {
    askedCount += askedIn(await server.review({ action, ids: part }));
  }
  return { askedCount };
}

/** How many of the reviewed samples stay held, since a suite asks them. */
function askedIn({ samples }: ReviewResponse): number {
  return samples.filter(({ hold }) => hold === "asked").length;
}

/** Deletes samples; gives what has learned from them. */
async function removed(server: ReviewServer, ids: readonly string[]): Promise<Partial<Done>> {
  const learnedBy = new Set<string>();
  let isInRun = false;
  for (const id of ids) {
    const { learnedBy: versions, runs } = await server.remove(id);
    for (const { model, version } of versions) learnedBy.add(`${model}@${version}`);
    isInRun ||= runs.length > 0;
  }
  return { learnedBy: [...learnedBy], isInRun };
}

/** As many as the server takes in a request. */
function partsOf(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / REVIEW_MAX);
  return Array.from({ length: count }, (_, i) => ids.slice(i * REVIEW_MAX, (i + 1) * REVIEW_MAX));
}

/** What is known already with a further page behind it; what has moved between two comes once. */
function joined(known: readonly SampleSummary[], next: readonly SampleSummary[]): SampleSummary[] {
  const ids = new Set(known.map(({ id }) => id));
  return [...known, ...next.filter(({ id }) => !ids.has(id))];
}

function withPicked({ picked }: ReviewState, ids: readonly string[], isPicked: boolean) {
  const changed = new Set(picked);
  for (const id of ids) {
    if (isPicked) changed.add(id);
    else changed.delete(id);
  }
  return changed;
}
