// A process that has started and waits to be told what to open, so that a new version does not wait
// for Node and the engine to load.

import type { ReplicaChild, ReplicaListeners, StartChild } from "./child.ts";
import type { Timer } from "./timer.ts";

/** From one start to the preparation for the next: a version that is loading needs the cores. */
const PREPARE_AFTER_MS = 2000;

interface Spare {
  readonly child: ReplicaChild;
  /** Whoever has taken it. */
  owner: ReplicaListeners | undefined;
}

export class SpareChild {
  readonly #startChild: StartChild;
  readonly #timer: Timer;
  #spare: Spare | undefined;
  #stopTimer: () => void = () => {};
  #hasEnded = false;

  constructor(startChild: StartChild, timer: Timer) {
    this.#startChild = startChild;
    this.#timer = timer;
  }

  /** The process that waits, or one that has yet to start; another is made ready afterwards. */
  readonly start: StartChild = (listeners) => {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#prepareLater();
    if (spare === undefined) return this.#startChild(listeners);
    spare.owner = listeners;
    return spare.child;
  };

  /** Ends the process that waits, for good. */
  end(): void {
    this.#hasEnded = true;
    this.#stopTimer();
    this.#spare?.child.kill();
    this.#spare = undefined;
  }

  #prepareLater(): void {
    this.#stopTimer();
    if (this.#hasEnded) return;
    this.#stopTimer = this.#timer.after(PREPARE_AFTER_MS, () => this.#prepare());
  }

  #prepare(): void {
    if (this.#spare !== undefined) return;
    const child = this.#startChild({
      onMessage: (message) => spare.owner?.onMessage(message),
      onExit: (reason) => {
        spare.owner?.onExit(reason);
        if (this.#spare !== spare) return;
        this.#spare = undefined;
        this.#prepareLater();
      },
    });
    const spare: Spare = { child, owner: undefined };
    this.#spare = spare;
  }
}
