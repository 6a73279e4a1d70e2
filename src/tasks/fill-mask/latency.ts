// How long one fill takes: a short text with one blank, asked again and again. It knows nothing of
// queues, batches and networks, which a request waits for besides.

import { systemClock, type Clock } from "../../base/index.ts";
import type { Filler } from "./types.ts";

/** Of single requests, one after another. */
export interface FillLatency {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** 18 tokens with [CLS] and [SEP] where each character is one: one row of an everyday length. */
const TEXT = "春江潮水连海平，海上明月共[MASK]生。";
/** By then a session has its memory, and a staged model its weights re-ordered. */
const WARM_UP_COUNT = 12;
const REQUEST_COUNT = 20;

/**
 * The latency of each filler. They are asked in turns, so that whatever else the machine does
 * disturbs all of them alike. Errors as `Filler.fill`.
 */
export async function measureLatency(
  fillers: readonly Filler[],
  clock: Pick<Clock, "monotonicMs"> = systemClock,
): Promise<FillLatency[]> {
  const timesMs = fillers.map((): number[] => []);
  for (let i = -WARM_UP_COUNT; i < REQUEST_COUNT; i++) {
    for (const [k, filler] of fillers.entries()) {
      const startMs = clock.monotonicMs();
      await filler.fill([{ text: TEXT, topK: 5 }]);
      if (i >= 0) timesMs[k]?.push(clock.monotonicMs() - startMs);
    }
  }
  return timesMs.map((times) => {
    const sorted = times.toSorted((a, b) => a - b);
    return { p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) };
  });
}

/** The smallest time that this share of all reaches, to a hundredth. */
function quantile(sortedMs: readonly number[], share: number): number {
  const timeMs = sortedMs[Math.ceil(share * sortedMs.length) - 1] ?? 0;
  return Math.round(100 * timeMs) / 100;
}
