// What the person said of the candidates of one answer: sent at once, and the last word counts. Knows
// neither React nor HTTP.

import type { FeedbackResponse } from "../../src/wire/index.ts";
import { failureIn, type Failure } from "../api/failure.ts";
import { createStore, type Store } from "../frame/store.ts";

export interface Place {
  /** From 0. */
  readonly blank: number;
  readonly candidate: string;
}

export interface Verdict {
  readonly verdict: "accept" | "reject";
  /** The right word, where one was given. */
  readonly answer?: string | undefined;
  /** sending, then filed or failed. */
  readonly state: "sending" | "filed" | "failed";
  /** Filed: whether a reviewer looks at it first. */
  readonly isHeld?: boolean | undefined;
  readonly failure?: Failure | undefined;
}

export interface Said extends Place {
  readonly verdict: "accept" | "reject";
  readonly answer?: string | undefined;
}

export interface VerdictStore extends Pick<Store<Verdicts>, "state" | "subscribe"> {
  readonly say: (said: Said) => Promise<void>;
}

/** By `placeKey`. */
export type Verdicts = ReadonlyMap<string, Verdict>;

export function placeKey({ blank, candidate }: Place): string {
  return `${blank} ${candidate}`;
}

export function createVerdictStore(
  send: (said: Said) => Promise<Pick<FeedbackResponse, "state">>,
): VerdictStore {
  const { state, become, subscribe } = createStore<Verdicts>(new Map());
  const latest = new Map<string, number>();
  const say = async (said: Said): Promise<void> => {
    const key = placeKey(said);
    const turn = (latest.get(key) ?? 0) + 1;
    latest.set(key, turn);
    const { verdict, answer } = said;
    const show = (next: Omit<Verdict, "verdict" | "answer">): void => {
      // What was said since then is what counts.
      if (latest.get(key) !== turn) return;
      become(new Map(state()).set(key, { verdict, answer, ...next }));
    };
    show({ state: "sending" });
    try {
      const filed = await send(said);
      show({ state: "filed", isHeld: filed.state === "held" });
    } catch (error) {
      show({ state: "failed", failure: failureIn(error) });
    }
  };
  return { state, subscribe, say };
}
