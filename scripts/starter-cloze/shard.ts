// A shard is one source as the trainer samples it:
//   NAME.tokens   uint16 little-endian, one per token: low 15 bits the id, high bit set when the
//                 token continues the word begun before it
//   NAME.offsets  uint32 little-endian, start of each document in tokens, then the total

import { writeFileSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import type { WordEncoder } from "../../src/tokenizer/index.ts";

export interface ShardSummary {
  readonly documents: number;
  readonly tokens: number;
  readonly unknownTokens: number;
}

const CONTINUES = 0x8000;

/** Encodes `documents` and writes DIRECTORY/NAME.tokens and .offsets. */
export function writeShard(
  path: { readonly directory: string; readonly name: string },
  documents: readonly string[],
  encoder: WordEncoder,
  unknownId: number,
): ShardSummary {
  let tokens = new Uint16Array(1 << 20);
  const offsets = new Uint32Array(documents.length + 1);
  let length = 0;
  let unknownTokens = 0;
  let documentCount = 0;
  for (const text of documents) {
    const { ids, continues } = encoder.encode(text);
    if (ids.length === 0) continue;
    if (length + ids.length > tokens.length) {
      const larger = new Uint16Array(Math.max(2 * tokens.length, length + ids.length));
      larger.set(tokens);
      tokens = larger;
    }
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i] ?? unknownId;
      if (id === unknownId) unknownTokens++;
      tokens[length++] = continues[i] === true ? id | CONTINUES : id;
    }
    offsets[++documentCount] = length;
  }
  const file = (ending: string): string => join(path.directory, `${path.name}.${ending}`);
  writeFileSync(file("tokens"), littleEndian(tokens.subarray(0, length)));
  writeFileSync(file("offsets"), littleEndian(offsets.subarray(0, documentCount + 1)));
  return { documents: documentCount, tokens: length, unknownTokens };
}

function littleEndian(values: Uint16Array | Uint32Array): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (endianness() === "LE") return bytes;
  return values instanceof Uint16Array ? bytes.swap16() : bytes.swap32();
}
