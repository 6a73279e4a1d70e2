// The conversation with the server while a person types: waits for a pause, asks, drops what is no
// longer wanted, asks again by itself where that makes sense. Knows neither React nor HTTP.

import { failureIn, type Failure } from "../api/failure.ts";
import { createStore } from "../frame/store.ts";

export interface Question {
  readonly text: string;
  /** "auto": words of 1–4 characters; 1: single characters. */
  readonly length: 1 | "auto";
  /** Only these words; empty: any. */
  readonly targets: readonly string[];
}

export interface Candidate {
  readonly text: string;
  /** Probability, 0..1. */
  readonly score: number;
}

export interface BlankAnswer {
  /** From 0, in the order of the text. */
  readonly index: number;
  /** Best first; none where no word fits. */
  readonly candidates: readonly Candidate[];
}

/** What the server said to a question. */
export interface Reply {
  readonly predictionId: string;
  readonly model: string;
  readonly version: string;
  readonly blanks: readonly BlankAnswer[];
}

export interface Answer extends Reply {
  readonly question: Question;
  /** From asking to having the answer. */
  readonly tookMs: number;
}

export interface FillState {
  /** A newer answer than `answer` is wanted: the pause has not passed, or the server is asked. */
  readonly isPending: boolean;
  /** The last good answer, possibly to an earlier question. */
  readonly answer?: Answer | undefined;
  /** Why the last question has no answer. */
  readonly failure?: Failure | undefined;
}

/** now: at once · pause: when nothing changes for a moment · hold: not before the next call. */
export type Pace = "now" | "pause" | "hold";

export interface FillSession {
  readonly ask: (question: Question, pace: Pace) => void;
  /** Drops what is pending: the text has nothing to ask any more. */
  readonly rest: () => void;
  /** Asks the last question once more. */
  readonly retry: () => void;
  readonly state: () => FillState;
  readonly subscribe: (listener: () => void) => () => void;
}

export interface FillSessionOptions {
  readonly send: (question: Question, signal: AbortSignal) => Promise<Reply>;
  readonly nowMs?: () => number;
  readonly pauseMs?: number;
}

const PAUSE_MS = 250;
/** Nothing is lost by giving up: the failure says so, and a person can ask again. */
const AUTOMATIC_RETRY_MAX = 20;

export function createFillSession(options: FillSessionOptions): FillSession {
  const { send, nowMs = () => performance.now(), pauseMs = PAUSE_MS } = options;
  const { state, become, subscribe } = createStore<FillState>({ isPending: false });
  let wanted: Question | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let inFlight: AbortController | undefined;
  let retryCount = 0;

  const stop = (): void => {
    clearTimeout(timer);
    inFlight?.abort();
    inFlight = undefined;
  };
  const start = async (question: Question): Promise<void> => {
    const abort = new AbortController();
    const startedMs = nowMs();
    inFlight = abort;
    try {
      const reply = await send(question, abort.signal);
      if (abort.signal.aborted) return;
      inFlight = undefined;
      become({
        isPending: false,
        answer: { ...reply, question, tookMs: Math.max(0, nowMs() - startedMs) },
      });
    } catch (error) {
      if (abort.signal.aborted) return;
      fail(question, failureIn(error));
    }
  };
  const fail = (question: Question, failure: Failure): void => {
    become({ ...state(), isPending: false, failure });
    if (failure.retryAfterMs === undefined || retryCount >= AUTOMATIC_RETRY_MAX) return;
    retryCount++;
    timer = setTimeout(() => void start(question), failure.retryAfterMs);
  };
  const ask = (question: Question, pace: Pace): void => {
    const isKnown = state().failure === undefined && isSame(question, wanted);
    if (isKnown && pace !== "hold" && (!state().isPending || inFlight !== undefined)) return;
    stop();
    wanted = pace === "hold" ? undefined : question;
    retryCount = 0;
    become({ ...state(), isPending: true });
    if (pace === "now") void start(question);
    else if (pace === "pause") timer = setTimeout(() => void start(question), pauseMs);
  };
  return {
    ask,
    rest: () => {
      stop();
      wanted = undefined;
      become({ isPending: false, answer: state().answer });
    },
    retry: () => {
      if (wanted === undefined) return;
      stop();
      become({ ...state(), isPending: true });
      void start(wanted);
    },
    state,
    subscribe,
  };
}

export function isSame(a: Question, b: Question | undefined): boolean {
  return (
    b !== undefined &&
    a.text === b.text &&
    a.length === b.length &&
    a.targets.join("\n") === b.targets.join("\n")
  );
}
