// Tokenised text as the trainer reads it: one array of tokens, cut into documents.

import { readFileSync } from "node:fs";
import path from "node:path";
import { AppError, messageOf } from "../../base/index.ts";

/** Set on a token that continues the word begun before it. */
export const CONTINUES_WORD = 0x8000;
/** The token id without the flag. */
export const TOKEN_MASK = 0x7fff;

/** Documents [offsets[i], offsets[i+1]) of `tokens`: ids with {@link CONTINUES_WORD}. */
export interface TokenShard {
  readonly name: string;
  readonly tokens: Uint16Array;
  readonly offsets: Uint32Array;
}

export function documentCount(shard: TokenShard): number {
  return shard.offsets.length - 1;
}

/**
 * Reads `NAME.tokens` (uint16 little-endian) and `NAME.offsets` (uint32 little-endian).
 *
 * @throws AppError `damaged_file` when the two do not fit together, `io_failed` when unreadable.
 */
export function readShard(directory: string, name: string): TokenShard {
  const tokenBytes = read(path.join(directory, `${name}.tokens`));
  const offsetBytes = read(path.join(directory, `${name}.offsets`));
  const tokens = new Uint16Array(tokenBytes.buffer, tokenBytes.byteOffset, tokenBytes.length >> 1);
  const offsets = new Uint32Array(
    offsetBytes.buffer,
    offsetBytes.byteOffset,
    offsetBytes.length >> 2,
  );
  const last = offsets[offsets.length - 1];
  const ascending = offsets.every((at, i) => i === 0 || at >= (offsets[i - 1] as number));
  if (offsets.length < 2 || last !== tokens.length || offsets[0] !== 0 || !ascending) {
    throw new AppError(
      "damaged_file",
      `shard ${name}: offsets end at ${last}, the token file holds ${tokens.length} tokens; ` +
        "build the corpus again",
    );
  }
  return { name, tokens, offsets };
}

function read(file: string): Uint8Array {
  try {
    // A copy at offset 0 of its own buffer: typed views need alignment.
    return new Uint8Array(readFileSync(file));
  } catch (cause) {
    throw new AppError("io_failed", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}
