// Full-width letters, digits and signs (Ａ１), as Chinese input methods type them, for a vocabulary
// that has them in ASCII only. BERT's own tokenizer leaves them as they are, and so unknown.

import { SPECIAL_TOKENS } from "./bert-json.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** U+FF01–U+FF5E are ASCII's ! to ~ in its order. */
const FIRST = 0xff01;
const LAST = 0xff5e;
const OFFSET = FIRST - 0x21;

/** How many special tokens a text spells out. */
const specialCount = (text: string): number =>
  Object.values(SPECIAL_TOKENS).reduce((sum, name) => sum + text.split(name).length - 1, 0);

/**
 * The same tokenizer, except that full-width characters which the vocabulary lacks are read as the
 * ASCII which it has. One that has them all cuts every text as before.
 */
export function withKnownWidths(tokenizer: Tokenizer): Tokenizer {
  const known = (character: string): boolean =>
    [character, character.toLowerCase()].some((form) => tokenizer.idOf(form) !== undefined);
  const ascii = new Map<string, string>();
  for (let code = FIRST; code <= LAST; code++) {
    const [wide, narrow] = [String.fromCharCode(code), String.fromCharCode(code - OFFSET)];
    if (!known(wide) && known(narrow)) ascii.set(wide, narrow);
  }
  if (ascii.size === 0) return tokenizer;
  const wide = new RegExp(`[${[...ascii.keys()].join("")}]`, "g");
  const read = (text: string): string => {
    const narrow = text.replace(wide, (character) => ascii.get(character) ?? character);
    // Brackets and letters typed wide must not become a mask.
    return specialCount(narrow) === specialCount(text) ? narrow : text;
  };
  return {
    ...tokenizer,
    encode: (text, options) => tokenizer.encode(read(text), options),
    tokens: (text) => tokenizer.tokens(read(text)),
  };
}
