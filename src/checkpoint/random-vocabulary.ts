// A vocabulary with the structure of bert-base-chinese, made from character sets instead of counted
// from text: special tokens at their places, ASCII without capitals, punctuation, Chinese
// characters and their continuation pieces.

import { AppError } from "../base/index.ts";

/**
 * Down to this size the special tokens stand where the hub's file has them, after 99 unused ones.
 */
const HUB_LAYOUT_MIN = 1000;
const PUNCTUATION = Array.from("。，、；：？！…—‘’“”（）《》〈〉【】「」·");
const HAN = /\p{Script=Han}/u;

/**
 * A vocabulary of `size` distinct tokens; token i has id i. From 1,000 on, [PAD] is 0, [UNK] 100,
 * [CLS] 101, [SEP] 102 and [MASK] 103 as on the hub; smaller ones start with these five. Throws
 * `invalid_input` below 16.
 */
export function hubVocabulary(size: number): string[] {
  if (!Number.isSafeInteger(size) || size < 16) {
    throw new AppError("invalid_input", `A vocabulary of ${size} tokens; expected at least 16.`);
  }
  const unused = (from: number, count: number): string[] =>
    Array.from({ length: count }, (_, i) => `[unused${from + i}]`);
  const specials = ["[UNK]", "[CLS]", "[SEP]", "[MASK]"];
  const hubLayout = size >= HUB_LAYOUT_MIN;
  const head = hubLayout
    ? ["[PAD]", ...unused(1, 99), ...specials, "<S>", "<T>"]
    : ["[PAD]", ...specials];
  const ascii = characters(0x21, 0x7e).filter((character) => !/[A-Z]/.test(character));
  const pieces = ascii.filter((c) => /[a-z0-9]/.test(c)).map((character) => `##${character}`);
  const chinese = chineseCharacters().flatMap((character) => [character, `##${character}`]);
  const tokens = [...head, ...ascii, ...PUNCTUATION, ...pieces, ...chinese];
  return [...tokens, ...unused(100, Math.max(0, size - tokens.length))].slice(0, size);
}

/** The 6,763 characters of GB 2312, the common half first, then the rest of the CJK block. */
function chineseCharacters(): string[] {
  const codes = range(0xb0, 0xf7).flatMap((row) => range(0xa1, 0xfe).map((cell) => [row, cell]));
  const text = new TextDecoder("gbk").decode(Uint8Array.from(codes.flat()));
  const common = [...text].filter((character) => HAN.test(character));
  return [...new Set([...common, ...characters(0x4e00, 0x9fa5)])];
}

function characters(from: number, to: number): string[] {
  return range(from, to).map((code) => String.fromCodePoint(code));
}

/** The whole numbers from `from` to `to`, both included. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
