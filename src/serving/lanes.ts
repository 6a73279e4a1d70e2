// The queues before the replicas of one version: texts that cost about the same wait in a lane of
// their own, and a replica takes a batch of each lane at a time, which share its engine call by
// call. So a text waits only for such as cost at most a few times as much as it does.

import type { AppError } from "../base/index.ts";
import { Batcher, type BatcherOptions, type Run, type SubmitOptions } from "./batcher.ts";

/** The largest size of an input in each lane; a few times that of the one before. */
const LANE_SIZES = [512, 4096, 32_768, Infinity];

export interface LanesOptions<Input, Output> extends Omit<
  BatcherOptions<Input, Output>,
  "acquire"
> {
  /** As in {@link BatcherOptions}, of one lane. */
  readonly acquire: (lane: number, isRetry: boolean) => Run<Input, Output> | undefined;
}

export class Lanes<Input, Output> {
  readonly #lanes: readonly Batcher<Input, Output>[];
  readonly #sizeOf: (input: Input) => number;

  constructor({ acquire, ...options }: LanesOptions<Input, Output>) {
    this.#sizeOf = options.sizeOf;
    this.#lanes = LANE_SIZES.map((_, lane) => {
      return new Batcher({
        ...options,
        acquire: (isRetry) => {
          // Retries come first, or they would hardly ever find a replica that does nothing else.
          const mustWait = !isRetry && this.#lanes.some(({ hasRetry }) => hasRetry);
          return mustWait ? undefined : acquire(lane, isRetry);
        },
      });
    });
  }

  /** Inputs in all queues, those that are being answered not counted. */
  get waitingCount(): number {
    return this.#lanes.reduce((sum, { waitingCount }) => sum + waitingCount, 0);
  }

  /** As {@link Batcher.submit}; what one lane refuses, the others need not answer. */
  async submit(
    inputs: readonly Input[],
    options: SubmitOptions,
  ): Promise<readonly (Output | AppError)[]> {
    const lanes = new Map<Batcher<Input, Output>, number[]>();
    for (const [i, input] of inputs.entries()) {
      const lane = this.#laneOf(input);
      lanes.set(lane, [...(lanes.get(lane) ?? []), i]);
    }
    const [only, ...more] = lanes.keys();
    if (only === undefined) return [];
    if (more.length === 0) return only.submit(inputs, options);
    const failed = new AbortController();
    const signals = [failed.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const part = { ...options, signal: AbortSignal.any(signals) };
    const results: (Output | AppError)[] = Array.from({ length: inputs.length });
    const answers = [...lanes].map(async ([lane, places]) => {
      const own = places.map((i) => inputs[i] as Input);
      for (const [k, result] of (await lane.submit(own, part)).entries()) {
        results[places[k] as number] = result;
      }
    });
    try {
      await Promise.all(answers);
    } catch (error) {
      failed.abort();
      throw error;
    }
    return results;
  }

  /** As {@link Batcher.pump}; retries first, then those that cost least. */
  pump(): void {
    // Others are refused while a retry waits, and nobody would ask for them again once it has gone.
    for (const lane of this.#lanes) if (lane.hasRetry) lane.pump();
    for (const lane of this.#lanes) lane.pump();
  }

  failAll(error: AppError): void {
    for (const lane of this.#lanes) lane.failAll(error);
  }

  /** As {@link Batcher.close}. */
  close(error: AppError): void {
    for (const lane of this.#lanes) lane.close(error);
  }

  #laneOf(input: Input): Batcher<Input, Output> {
    const size = this.#sizeOf(input);
    return this.#lanes[LANE_SIZES.findIndex((most) => size <= most)] as Batcher<Input, Output>;
  }
}
