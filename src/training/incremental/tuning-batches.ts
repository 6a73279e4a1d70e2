// Batches of an incremental training: rows to learn beside rows to keep, as cached activations. The
// batch of a step is a function of seed and step alone, so that a resumed run needs no state.

import { concatenated, createRandom, required, shuffle, type Random } from "../../base/index.ts";
import type { BatchShape, BatchSource } from "../data/batch.ts";
import type { ActivationCache, CachedRow } from "./activation-cache.ts";
import { drawRows, type KeptRow, type TuningRow, type WordForms } from "./rows.ts";

/** B rows, S tokens, M positions of which R are kept, H hidden. */
export interface TuningBatch extends BatchShape {
  /** float32 [B, S, H] */
  readonly hidden: Float32Array;
  /** int64 [B, S] */
  readonly attentionMask: BigInt64Array;
  /** int64 [M]: row·S + column; the kept ones come last. */
  readonly positions: BigInt64Array;
  /** int64 [M] */
  readonly labels: BigInt64Array;
  /** float32 [M] */
  readonly wanted: Float32Array;
  /** float32 [M] */
  readonly unwanted: Float32Array;
  /** int64 [R]: indices into the positions. */
  readonly keptRows: BigInt64Array;
  /** float32 [R, H] */
  readonly keptFeatures: Float32Array;
  /** float32 [R] */
  readonly keptWeights: Float32Array;
}

export interface TuningBatchesOptions {
  readonly words: readonly WordForms[];
  /** Those of earlier versions. */
  readonly earlier: readonly WordForms[];
  /** Sentences that shall stay what they are; may be empty. */
  readonly kept: readonly FeaturedRow[];
  readonly cache: Pick<ActivationCache, "read">;
  readonly hiddenSize: number;
  readonly rowsInBatch: number;
  readonly keptInBatch: number;
  /** Weight of the kept rows' mean divergence beside the samples' mean loss. */
  readonly keptWeight: number;
  readonly seed: number;
}

/** A kept row with what the base makes of it: float32 [columns, H]. */
export interface FeaturedRow extends KeptRow {
  readonly features: Float32Array;
}

interface Drawn {
  readonly rows: readonly TuningRow[];
  readonly kept: readonly FeaturedRow[];
}

/** So many earlier samples are in each pass although there are fewer new ones. */
const EARLIER_MIN = 64;

export class TuningBatches implements BatchSource<TuningBatch> {
  readonly stepsPerEpoch: number;
  readonly #options: TuningBatchesOptions;
  readonly #earlierCount: number;
  readonly #hasViews: boolean;
  #epoch: { readonly index: number; readonly batches: readonly Drawn[] } | undefined;

  constructor(options: TuningBatchesOptions) {
    this.#options = options;
    const { words, earlier, rowsInBatch } = options;
    this.#earlierCount = Math.min(earlier.length, Math.max(EARLIER_MIN, words.length));
    this.#hasViews = words.some(({ views }) => views.length > 0);
    this.stepsPerEpoch = Math.ceil((words.length + this.#earlierCount) / rowsInBatch);
  }

  next(step: number): TuningBatch {
    const index = Math.floor((step - 1) / this.stepsPerEpoch);
    if (this.#epoch?.index !== index) this.#epoch = { index, batches: this.#draw(index) };
    const drawn = required(this.#epoch.batches[(step - 1) % this.stepsPerEpoch], "a batch");
    const batch = tuningBatch(drawn, this.#options);
    const { seed } = this.#options;
    if (!this.#hasViews) hideContext(batch, drawn.rows, createRandom(seed + step * 15_485_863));
    return batch;
  }

  /** Rows to learn and to keep, paired by length so that little is padded. */
  #draw(epoch: number): Drawn[] {
    const { words, earlier, kept, keptInBatch, seed } = this.#options;
    const random = createRandom(seed + epoch * 104_729);
    const repeated = shuffle([...earlier], random).slice(0, this.#earlierCount);
    const forms = shuffle(drawRows([...words, ...repeated], random), random).sort(byLength);
    const wanted = Math.min(kept.length, this.stepsPerEpoch * keptInBatch);
    const partners = shuffle([...kept], random)
      .slice(0, wanted)
      .sort(byLength);
    const batches = Array.from({ length: this.stepsPerEpoch }, (_, i) => {
      const share = (of: number): [number, number] => [
        Math.floor((i * of) / this.stepsPerEpoch),
        Math.floor(((i + 1) * of) / this.stepsPerEpoch),
      ];
      return {
        rows: forms.slice(...share(forms.length)),
        kept: partners.slice(...share(partners.length)),
      };
    });
    return shuffle(batches, random);
  }
}

/** Share of the rows to learn that lose context, and of their tokens that each loses. */
const ROWS_WITHOUT = 0.8;
const TOKENS_WITHOUT = 0.5;

/**
 * What views do, for samples that have none: hides tokens around the blanks of rows to learn, from
 * the layers that learn alone. It costs nothing and does less, for the layers below have seen all.
 */
function hideContext(
  { attentionMask, length }: TuningBatch,
  rows: readonly TuningRow[],
  random: Random,
): void {
  for (const [i, { ids, targets }] of rows.entries()) {
    if (random.next() >= ROWS_WITHOUT) continue;
    const blank = new Set(targets.map(({ column }) => column));
    // The marks at both ends stay.
    for (let column = 1; column < ids.length - 1; column++) {
      if (blank.has(column) || random.next() >= TOKENS_WITHOUT) continue;
      attentionMask[i * length + column] = 0n;
    }
  }
}

const byLength = (a: { ids: readonly number[] }, b: { ids: readonly number[] }): number =>
  a.ids.length - b.ids.length;

/** One padded batch over cached activations. */
export function tuningBatch(
  { rows, kept }: Drawn,
  options: Pick<TuningBatchesOptions, "cache" | "hiddenSize" | "keptWeight">,
): TuningBatch {
  const { cache, hiddenSize, keptWeight } = options;
  const padded = paddedRows([...rows, ...kept], cache, hiddenSize);
  const at = (row: number, column: number): bigint => BigInt(row * padded.length + column);
  const targets = rows.flatMap((row, i) => row.targets.map((target) => ({ row: i, ...target })));
  const places = kept.flatMap(({ columns, labels }, i) =>
    columns.map((column, k) => ({ row: rows.length + i, column, label: labels[k] ?? 0 })),
  );
  const sumOf = (of: "wanted" | "unwanted"): number =>
    targets.reduce((sum, target) => sum + target[of], 0);
  // In a batch of hardly any right words, the wrong ones weigh no more than right ones would.
  const total = Math.max(sumOf("wanted"), sumOf("unwanted")) || 1;
  const weights = (of: "wanted" | "unwanted"): Float32Array =>
    Float32Array.from([...targets.map((target) => target[of] / total), ...places.map(() => 0)]);
  const positions = [...targets, ...places];
  return {
    ...padded,
    positions: BigInt64Array.from(positions, ({ row, column }) => at(row, column)),
    labels: BigInt64Array.from(positions, ({ label }) => BigInt(label)),
    wanted: weights("wanted"),
    unwanted: weights("unwanted"),
    keptRows: BigInt64Array.from(places, (_, i) => BigInt(targets.length + i)),
    keptFeatures: concatenated(kept.map(({ features }) => features)),
    keptWeights: new Float32Array(places.length).fill(keptWeight / (places.length || 1)),
  };
}

/** Activations side by side: float32 [B, S, H], and int64 [B, S] that tells tokens from padding. */
export function paddedRows(
  rows: readonly CachedRow[],
  cache: Pick<ActivationCache, "read">,
  hiddenSize: number,
): BatchShape & { readonly hidden: Float32Array; readonly attentionMask: BigInt64Array } {
  const length = rows.reduce((longest, { ids }) => Math.max(longest, ids.length), 1);
  const hidden = new Float32Array(rows.length * length * hiddenSize);
  const attentionMask = new BigInt64Array(rows.length * length);
  for (const [i, row] of rows.entries()) {
    hidden.set(cache.read(row), i * length * hiddenSize);
    attentionMask.fill(1n, i * length, i * length + row.ids.length);
  }
  return { rows: rows.length, length, hidden, attentionMask };
}

/** Tokens of one pass; more gain nothing and cost memory. */
const TOKENS_MAX = 2048;

/**
 * Rows of one length together: without padding a row becomes the same to the last bit whatever
 * comes with it, so that neither what was cached before nor a kill shows in a training.
 */
export function batchesOfOneLength<T extends CachedRow>(rows: readonly T[]): T[][] {
  const lengths = new Set(rows.map(({ ids }) => ids.length));
  return [...lengths].flatMap((length) => {
    const group = rows.filter(({ ids }) => ids.length === length);
    const size = Math.max(1, Math.floor(TOKENS_MAX / length));
    return Array.from({ length: Math.ceil(group.length / size) }, (_, i) =>
      group.slice(i * size, (i + 1) * size),
    );
  });
}
