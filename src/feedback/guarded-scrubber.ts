// The scrub as everything that stores goes through it: what it finds and what it blocks is counted.

import { PII_KINDS, type PiiKind } from "./scrub/kinds.ts";
import type { PiiCounts, Scrubbed, ScrubbedSample, Scrubber } from "./scrub/scrubber.ts";

export interface ScrubStatistics {
  /** Pieces of personal data that were replaced, by kind. */
  readonly replaced: PiiCounts;
  /** Texts that were not stored because the scrub failed. */
  readonly blocked: number;
}

/** A scrubber that counts. Throws as the scrubber does; whatever it throws, nothing is stored. */
export class GuardedScrubber implements Scrubber {
  readonly #scrubber: Scrubber;
  readonly #replaced: Record<PiiKind, number>;
  #blocked = 0;

  constructor(scrubber: Scrubber) {
    this.#scrubber = scrubber;
    const zeros = PII_KINDS.map((kind) => [kind, 0]);
    this.#replaced = Object.fromEntries(zeros) as Record<PiiKind, number>;
  }

  scrub(text: string): Scrubbed {
    return this.#counting(() => this.#scrubber.scrub(text));
  }

  scrubSample(sample: Parameters<Scrubber["scrubSample"]>[0]): ScrubbedSample {
    return this.#counting(() => this.#scrubber.scrubSample(sample));
  }

  statistics(): ScrubStatistics {
    return { replaced: { ...this.#replaced }, blocked: this.#blocked };
  }

  #counting<Result extends Scrubbed>(scrub: () => Result): Result {
    try {
      const result = scrub();
      for (const kind of PII_KINDS) this.#replaced[kind] += result.counts[kind];
      return result;
    } catch (error) {
      this.#blocked++;
      throw error;
    }
  }
}
