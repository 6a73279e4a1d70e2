// Waiting as a collaborator, so that queues, deadlines and back-off are tested without waiting.

import type { Clock } from "../base/index.ts";

export interface Timer extends Pick<Clock, "monotonicMs"> {
  /** Calls `run` once, `delayMs` from now; the result takes that back. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemTimer: Timer = {
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const handle = setTimeout(run, delayMs);
    return () => clearTimeout(handle);
  },
};
