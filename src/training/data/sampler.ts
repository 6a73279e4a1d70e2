// Draws documents from several shards in given proportions and packs them whole into rows.

import type { Random } from "../../base/index.ts";
import { createRandom, required, shuffle } from "../../base/index.ts";
import type { MaskingMix } from "./masking.ts";
import type { TokenShard } from "./shard.ts";
import { documentCount } from "./shard.ts";

export interface Source {
  readonly shard: TokenShard;
  /** Share of the tokens drawn, relative to the other sources. */
  readonly weight: number;
  readonly masking: MaskingMix;
}

/** One document of a row. */
export interface Piece {
  readonly source: Source;
  /** Ids with word flags, without special tokens; a view, not to be written. */
  readonly tokens: Uint16Array;
}

/** Everything needed to go on drawing where a run stopped. */
export interface SamplerState {
  readonly random: readonly [number, number, number, number];
  /** Per source: passes begun, documents drawn in this pass, tokens drawn in all. */
  readonly cursors: readonly (readonly [number, number, number])[];
  /** A piece drawn but not yet in a row: source, first token, token count. */
  readonly waiting: readonly [number, number, number] | null;
}

interface Cursor {
  readonly source: Source;
  pass: number;
  at: number;
  drawnTokens: number;
  order: Uint32Array;
}

/** [CLS] before and [SEP] after each document. */
const SPECIAL_TOKENS = 2;

/**
 * Documents are drawn without replacement within a pass over their source, in an order that is a
 * function of seed, source and pass; sources are chosen so that tokens drawn follow the weights.
 */
export class Sampler {
  readonly #random: Random;
  readonly #cursors: Cursor[];
  readonly #seed: number;
  #waiting: Piece | undefined;

  constructor(sources: readonly Source[], seed: number, state?: SamplerState) {
    this.#seed = seed;
    this.#random = createRandom(state?.random ?? seed);
    this.#cursors = sources.map((source, i) => {
      const [pass, at, drawnTokens] = state?.cursors[i] ?? [0, 0, 0];
      return { source, pass, at, drawnTokens, order: this.#order(source, pass) };
    });
    if (state?.waiting) {
      const [index, from, length] = state.waiting;
      const source = required(sources[index], `source ${index} of the resumed run`);
      this.#waiting = { source, tokens: source.shard.tokens.subarray(from, from + length) };
    }
  }

  /** Pieces that fill a row of `length` tokens with their special tokens; never none. */
  row(length: number): Piece[] {
    const pieces: Piece[] = [];
    let room = length;
    for (;;) {
      const piece = this.#waiting ?? this.#draw(length - SPECIAL_TOKENS);
      this.#waiting = undefined;
      const needed = piece.tokens.length + SPECIAL_TOKENS;
      if (needed > room) {
        // Kept for the next row; a row of another length may have to cut it.
        if (pieces.length > 0) {
          this.#waiting = piece;
          return pieces;
        }
        pieces.push({ ...piece, tokens: piece.tokens.subarray(0, length - SPECIAL_TOKENS) });
        return pieces;
      }
      pieces.push(piece);
      room -= needed;
      if (room <= SPECIAL_TOKENS) return pieces;
    }
  }

  /** The state to resume from. */
  state(): SamplerState {
    const piece = this.#waiting;
    const width = Uint16Array.BYTES_PER_ELEMENT;
    return {
      waiting: piece
        ? [
            this.#cursors.findIndex(({ source }) => source === piece.source),
            (piece.tokens.byteOffset - piece.source.shard.tokens.byteOffset) / width,
            piece.tokens.length,
          ]
        : null,
      random: this.#random.state(),
      cursors: this.#cursors.map(({ pass, at, drawnTokens }) => [pass, at, drawnTokens] as const),
    };
  }

  /** Passes over each source so far, by name. */
  passes(): Record<string, number> {
    return Object.fromEntries(
      this.#cursors.map(({ source, pass, at }) => [
        source.shard.name,
        pass + at / documentCount(source.shard),
      ]),
    );
  }

  #draw(longest: number): Piece {
    const cursor = this.#neediest();
    const { shard } = cursor.source;
    if (cursor.at >= cursor.order.length) {
      cursor.pass++;
      cursor.at = 0;
      cursor.order = this.#order(cursor.source, cursor.pass);
    }
    const index = cursor.order[cursor.at++] as number;
    const start = shard.offsets[index] as number;
    const end = shard.offsets[index + 1] as number;
    const length = Math.min(end - start, longest);
    // A document longer than a row gives a window at a random place.
    const from = start + this.#random.integer(end - start - length + 1);
    cursor.drawnTokens += length + SPECIAL_TOKENS;
    return { source: cursor.source, tokens: shard.tokens.subarray(from, from + length) };
  }

  /** The source furthest behind its share. */
  #neediest(): Cursor {
    let best: Cursor | undefined;
    let least = Infinity;
    for (const cursor of this.#cursors) {
      const served = cursor.drawnTokens / cursor.source.weight;
      if (served < least) {
        least = served;
        best = cursor;
      }
    }
    return required(best, "a source of training text");
  }

  #order(source: Source, pass: number): Uint32Array {
    const order = Uint32Array.from({ length: documentCount(source.shard) }, (_, i) => i);
    let hash = this.#seed;
    for (const letter of source.shard.name) hash = Math.imul(hash, 31) + letter.charCodeAt(0);
    return shuffle(order, createRandom(hash + pass * 7919));
  }
}
