// Rows of token ids with their masked positions, as a masked language model is trained on them.

import type { Random } from "../../base/index.ts";
import { chooseMasked } from "./masking.ts";
import type { Piece, Sampler } from "./sampler.ts";
import { TOKEN_MASK } from "./shard.ts";

export interface BatchShape {
  readonly rows: number;
  /** Tokens a row, padding included. */
  readonly length: number;
}

/** A batch of packed rows. B rows, S tokens a row, M masked positions. */
export interface MaskedBatch extends BatchShape {
  /** int64 [B, S] */
  readonly inputIds: BigInt64Array;
  /** int64 [B, S]: 1, 2, … per document of a row, 0 for padding. */
  readonly attentionMask: BigInt64Array;
  /** int64 [M]: row·S + column. */
  readonly positions: BigInt64Array;
  /** int64 [M]: the hidden tokens. */
  readonly labels: BigInt64Array;
  /** float32 [M]: shares of the loss, adding up to 1; equal ones when absent. */
  readonly weights?: Float32Array;
}

/** Where a trainer's batches come from. */
export interface BatchSource<Batch = MaskedBatch> {
  /** The batch of `step`, counted from 1; asked for once per step, in order. */
  next(step: number): Batch;
}

export interface BatchOptions {
  readonly rows: number;
  readonly length: number;
  /** Share of tokens hidden, 0..1. */
  readonly maskRate: number;
  readonly special: SpecialIds;
  readonly random: Random;
}

export interface SpecialIds {
  readonly pad: number;
  readonly cls: number;
  readonly sep: number;
  readonly mask: number;
}

/** The next batch of packed, masked rows. */
export function nextBatch(sampler: Sampler, options: BatchOptions): MaskedBatch {
  const { rows, length, special } = options;
  const inputIds = new BigInt64Array(rows * length).fill(BigInt(special.pad));
  const attentionMask = new BigInt64Array(rows * length);
  const positions: number[] = [];
  const labels: number[] = [];
  for (let row = 0; row < rows; row++) {
    let at = row * length;
    for (const [i, piece] of sampler.row(length).entries()) {
      const end = at + piece.tokens.length + 2;
      attentionMask.fill(BigInt(i + 1), at, end);
      inputIds[at] = BigInt(special.cls);
      inputIds[end - 1] = BigInt(special.sep);
      hide(piece, at + 1, { inputIds, positions, labels, options });
      at = end;
    }
  }
  return {
    rows,
    length,
    inputIds,
    attentionMask,
    positions: BigInt64Array.from(positions, BigInt),
    labels: BigInt64Array.from(labels, BigInt),
  };
}

function hide(
  { source, tokens }: Piece,
  start: number,
  target: {
    inputIds: BigInt64Array;
    positions: number[];
    labels: number[];
    options: BatchOptions;
  },
): void {
  const { special, maskRate: rate, random } = target.options;
  for (const [i, token] of tokens.entries()) {
    target.inputIds[start + i] = BigInt(token & TOKEN_MASK);
  }
  for (const i of chooseMasked(tokens, { mix: source.masking, rate, random })) {
    target.positions.push(start + i);
    target.labels.push((tokens[i] as number) & TOKEN_MASK);
    target.inputIds[start + i] = BigInt(special.mask);
  }
}
