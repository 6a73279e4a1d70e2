// A process that has started and waits to be told what to open, so that a new version does not wait
// for Node and the engine to load. It has opened another one already and closed it: what is done
// once in a process is done then, which halves the time to a new version's first answer.

import type { ReplicaChild, ReplicaListeners, StartChild } from "./child.ts";
import type { Opening } from "./protocol.ts";
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
  readonly #rehearsal: () => Opening | undefined;
  #spare: Spare | undefined;
  /** False after a process ended in its rehearsal, until another version is started. */
  #isRehearsing = true;
  #stopTimer: () => void = () => {};
  #hasEnded = false;

  /** @param rehearsal what a process may open while it waits; something that answers already */
  constructor(
    startChild: StartChild,
    timer: Timer,
    rehearsal: () => Opening | undefined = () => undefined,
  ) {
    this.#startChild = startChild;
    this.#timer = timer;
    this.#rehearsal = rehearsal;
  }

  /** The process that waits, or one that has yet to start; another is made ready afterwards. */
  readonly start: StartChild = (listeners) => {
    const spare = this.#spare;
    this.#spare = undefined;
    this.#isRehearsing = true;
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
        this.#isRehearsing = false;
        this.#prepareLater();
      },
    });
    const spare: Spare = { child, owner: undefined };
    this.#spare = spare;
    const opening = this.#isRehearsing ? this.#rehearsal() : undefined;
    if (opening !== undefined) child.send({ kind: "rehearse", ...opening });
  }
}
