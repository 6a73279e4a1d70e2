// Batches of a pre-training run: rows packed from a sampler, in phases of different shape.

import { AppError, createRandom, type Random } from "../../base/index.ts";
import { nextBatch, type BatchSource, type MaskedBatch, type SpecialIds } from "./batch.ts";
import type { Sampler, SamplerState } from "./sampler.ts";

/** From `untilStep` back to the previous phase's end: the shape of the batches. */
export interface Phase {
  readonly untilStep: number;
  readonly rows: number;
  /** Row length in tokens. */
  readonly length: number;
  /** Share of tokens hidden, 0..1. */
  readonly maskRate: number;
}

/** Everything needed to go on drawing batches where a run stopped. */
export interface PackedBatchesState {
  readonly sampler: SamplerState;
  readonly maskingRandom: readonly [number, number, number, number];
}

export interface PackedBatchesOptions {
  /** In order; the last one also covers any step after it. */
  readonly phases: readonly Phase[];
  readonly special: SpecialIds;
  readonly seed: number;
}

export class PackedBatches implements BatchSource {
  readonly #sampler: Sampler;
  readonly #options: PackedBatchesOptions;
  readonly #random: Random;

  constructor(sampler: Sampler, options: PackedBatchesOptions, resumed?: PackedBatchesState) {
    this.#sampler = sampler;
    this.#options = options;
    this.#random = createRandom(resumed?.maskingRandom ?? options.seed + 1);
  }

  next(step: number): MaskedBatch {
    const { phases, special } = this.#options;
    const { rows, length, maskRate } = phaseAt(phases, step);
    return nextBatch(this.#sampler, { rows, length, maskRate, special, random: this.#random });
  }

  state(): PackedBatchesState {
    return { sampler: this.#sampler.state(), maskingRandom: this.#random.state() };
  }
}

function phaseAt(phases: readonly Phase[], step: number): Phase {
  const phase = phases.find(({ untilStep }) => step <= untilStep) ?? phases[phases.length - 1];
  if (phase !== undefined) return phase;
  throw new AppError("usage", "a training run needs at least one phase");
}
