// What BERT takes for a Chinese character. Radicals (⼀), 〇 and kana are letters to it.

const BASIC_PLANE = "\\u3400-\\u4dbf\\u4e00-\\u9fff\\uf900-\\ufaff";

/** The ranges above U+FFFF, as the inside of a character class with the `u` flag. */
export const RARE_HAN_RANGES =
  "\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}\\u{2b740}-\\u{2b81f}" +
  "\\u{2b920}-\\u{2ceaf}\\u{2f800}-\\u{2fa1f}";

/** All ranges, as the inside of a character class with the `u` flag. */
export const HAN_RANGES = BASIC_PLANE + RARE_HAN_RANGES;

const HAN_CHARACTER = new RegExp(`^[${HAN_RANGES}]$`, "u");

export function isHan(character: string): boolean {
  return HAN_CHARACTER.test(character);
}
