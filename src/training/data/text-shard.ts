// Documents as a shard in memory, with word flags.

import { AppError } from "../../base/index.ts";
import { createWordEncoder, type Tokenizer } from "../../tokenizer/index.ts";
import { CONTINUES_WORD, TOKEN_MASK, type TokenShard } from "./shard.ts";

/**
 * Encodes documents; those without any token are left out.
 *
 * @throws AppError `unsupported_model` when the vocabulary has more ids than a shard can hold,
 *   `invalid_input` when no document has tokens.
 */
export function shardOfTexts(
  name: string,
  documents: Iterable<string>,
  tokenizer: Tokenizer,
): TokenShard {
  if (tokenizer.vocabularySize > TOKEN_MASK + 1) {
    throw new AppError(
      "unsupported_model",
      `the vocabulary has ${tokenizer.vocabularySize} tokens; pre-training takes up to ` +
        `${TOKEN_MASK + 1}`,
    );
  }
  const encoder = createWordEncoder(tokenizer);
  const tokens: number[] = [];
  const offsets = [0];
  for (const text of documents) {
    const { ids, continues } = encoder.encode(text);
    for (const [i, id] of ids.entries()) tokens.push(continues[i] ? id | CONTINUES_WORD : id);
    if (tokens.length > (offsets.at(-1) ?? 0)) offsets.push(tokens.length);
  }
  if (tokens.length === 0) {
    throw new AppError("invalid_input", "the text has nothing to learn from; give more of it");
  }
  return { name, tokens: Uint16Array.from(tokens), offsets: Uint32Array.from(offsets) };
}
