// Batches of sample rows: rows of like length together, so that little is padded. The batch of a
// step is a function of seed and step alone, so that a resumed run needs no state.

import { createRandom, required, shuffle, type Random } from "../../base/index.ts";
import type { BatchSource, MaskedBatch, SpecialIds } from "./batch.ts";
import type { SampleRow } from "./sample-rows.ts";

export interface BatchLimits {
  readonly rowsMax: number;
  /** Tokens of a batch, padding included. */
  readonly tokensMax: number;
}

/** Shuffled batches, epoch after epoch. */
export class SampleBatches implements BatchSource {
  readonly stepsPerEpoch: number;
  readonly #rows: readonly SampleRow[];
  readonly #options: { readonly special: SpecialIds; readonly seed: number } & BatchLimits;
  #epoch: { readonly index: number; readonly batches: readonly SampleRow[][] } | undefined;

  constructor(
    rows: readonly SampleRow[],
    options: { readonly special: SpecialIds; readonly seed: number } & BatchLimits,
  ) {
    this.#rows = rows;
    this.#options = options;
    this.stepsPerEpoch = cut(rows, options).length;
  }

  next(step: number): MaskedBatch {
    const index = Math.floor((step - 1) / this.stepsPerEpoch);
    if (this.#epoch?.index !== index) this.#epoch = { index, batches: this.#batchesOf(index) };
    const rows = required(this.#epoch.batches[(step - 1) % this.stepsPerEpoch], "a batch");
    const random = createRandom(this.#options.seed + 1 + step * 7919);
    return batchOf(rows, this.#options.special, random);
  }

  /** How the rows are cut depends on their lengths alone, so each epoch has as many batches. */
  #batchesOf(epoch: number): SampleRow[][] {
    const random = createRandom(this.#options.seed + epoch * 104_729);
    const batches = cut(shuffle([...this.#rows], random), this.#options);
    return shuffle(batches, random);
  }
}

/** All rows once, for measuring, each batch with its share of the whole. */
export function measuringBatches(
  rows: readonly SampleRow[],
  options: { readonly special: SpecialIds } & BatchLimits,
): { readonly batch: MaskedBatch; readonly share: number }[] {
  const total = weightOf(rows);
  return cut(rows, options).map((part) => {
    return { batch: batchOf(part, options.special), share: weightOf(part) / total };
  });
}

/** Rows in order of length, cut into batches within the limits. */
function cut(rows: readonly SampleRow[], { rowsMax, tokensMax }: BatchLimits): SampleRow[][] {
  const batches: SampleRow[][] = [];
  let batch: SampleRow[] = [];
  for (const row of [...rows].sort((a, b) => a.ids.length - b.ids.length)) {
    const isFull = batch.length === rowsMax || (batch.length + 1) * row.ids.length > tokensMax;
    if (batch.length > 0 && isFull) {
      batches.push(batch);
      batch = [];
    }
    batch.push(row);
  }
  return batch.length > 0 ? [...batches, batch] : batches;
}

function weightOf(rows: readonly SampleRow[]): number {
  return rows.reduce((sum, { weight, answer }) => sum + weight * answer.length, 0);
}

/**
 * A padded batch. With `random`, half of the answers of several tokens show their first few: words
 * are found token by token (chain rule), so the model must know how one goes on.
 */
function batchOf(rows: readonly SampleRow[], special: SpecialIds, random?: Random): MaskedBatch {
  const length = rows.reduce((longest, { ids }) => Math.max(longest, ids.length), 1);
  const inputIds = new BigInt64Array(rows.length * length).fill(BigInt(special.pad));
  const attentionMask = new BigInt64Array(rows.length * length);
  const positions: number[] = [];
  const labels: number[] = [];
  const weights: number[] = [];
  for (const [i, { ids, column, answer, weight }] of rows.entries()) {
    const start = i * length;
    for (const [k, id] of ids.entries()) inputIds[start + k] = BigInt(id);
    attentionMask.fill(1n, start, start + ids.length);
    const shown = random === undefined ? 0 : shownTokens(answer.length, random);
    for (const [k, id] of answer.entries()) {
      const at = start + column + k;
      if (k < shown) {
        inputIds[at] = BigInt(id);
      } else {
        positions.push(at);
        labels.push(id);
        weights.push(weight);
      }
    }
  }
  const total = weights.reduce((a, b) => a + b, 0);
  return {
    rows: rows.length,
    length,
    inputIds,
    attentionMask,
    positions: BigInt64Array.from(positions, BigInt),
    labels: BigInt64Array.from(labels, BigInt),
    weights: Float32Array.from(weights, (weight) => weight / total),
  };
}

function shownTokens(count: number, random: Random): number {
  return count > 1 && random.next() < 0.5 ? 1 + random.integer(count - 1) : 0;
}
