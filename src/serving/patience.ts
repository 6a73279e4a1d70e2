// How long a replica may take for a batch before it is taken for stuck: learned from the batches
// that it has answered. It knows nothing of processes.

export interface PatienceLimits {
  /** A process that is longer in one batch is ended. */
  readonly batchMs: number;
  /** So is one that is longer than this and than 20 times what the batch should take. */
  readonly stallMs: number;
}

const STALL_FACTOR = 20;
/** How fast the time that an input is known to take is forgotten, each batch. */
const FORGETTING = 0.05;

export class Patience {
  readonly #limits: PatienceLimits;
  /** The most that a unit of work has taken lately. */
  #msPerSize = 0;

  constructor(limits: PatienceLimits) {
    this.#limits = limits;
  }

  /** For work of this size: one that is stopped or stuck is given up in time to ask another. */
  msFor(size: number): number {
    const { batchMs, stallMs } = this.#limits;
    if (this.#msPerSize === 0) return batchMs;
    return Math.min(batchMs, Math.max(stallMs, STALL_FACTOR * this.#msPerSize * size));
  }

  /** A batch of this size, with nothing beside it, took so long. */
  learn(size: number, ms: number): void {
    const seen = ms / size;
    const kept = this.#msPerSize + FORGETTING * (seen - this.#msPerSize);
    this.#msPerSize = Math.max(seen, kept);
  }
}
