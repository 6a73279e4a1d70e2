// Builds a WordPiece vocabulary for mostly Chinese text: every Han character is a token, other
// words are cut into pieces. Knows counts, not files.

import { AppError } from "../base/index.ts";
import { SPECIAL_TOKENS } from "./bert-json.ts";
import { isHan } from "./han.ts";
import { learnWordPieces } from "./word-pieces.ts";

/** How often each Han character or punctuation mark, and each other word, occurs. */
export interface TextCounts {
  readonly characters: Map<string, number>;
  readonly words: Map<string, number>;
}

export interface VocabularyOptions {
  readonly counts: TextCounts;
  /** Number of tokens in all. */
  readonly size: number;
  /** Han characters that must be in, however rare. */
  readonly required?: Iterable<string>;
  /** How many pieces of more than one letter are learned from Latin words and numbers. */
  readonly latinPieces?: number;
  /** Punctuation and letters outside ASCII (kana, Greek, ℃) rarer than this are left out, and
   *  pictographs always; default 50. */
  readonly letterMinimum?: number;
}

export function createTextCounts(): TextCounts {
  return { characters: new Map(), words: new Map() };
}

const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}/u;
const WHITESPACE = /[\s\p{Cc}\p{Cf}]/u;

/** Adds the words of `text`, cut as BERT's basic tokenizer does after lower-casing; a text of
 *  weight 2 counts as if it were there twice. */
export function countText(counts: TextCounts, text: string, weight = 1): void {
  const increment = (of: Map<string, number>, key: string): void => {
    of.set(key, (of.get(key) ?? 0) + weight);
  };
  let word = "";
  const endWord = (): void => {
    if (word !== "") increment(counts.words, word);
    word = "";
  };
  for (const character of text) {
    if (isHan(character)) {
      endWord();
      increment(counts.characters, character);
    } else if (PUNCTUATION.test(character)) {
      endWord();
      increment(counts.characters, character);
    } else if (WHITESPACE.test(character)) endWord();
    else word += lettersOf(character);
  }
  endWord();
}

/** The vocabulary in order of id: special tokens, ASCII, punctuation, pieces, Han by count.
 *
 *  Throws `invalid_input` when `size` cannot hold what is required. */
export function buildVocabulary(options: VocabularyOptions): string[] {
  const { counts, size, required = [], latinPieces = 500, letterMinimum = 50 } = options;
  const tokens = new Set<string>(Object.values(SPECIAL_TOKENS));
  for (let code = 0x21; code < 0x7f; code++) {
    const character = String.fromCharCode(code);
    if (character >= "A" && character <= "Z") continue;
    tokens.add(character);
  }
  for (const letter of "0123456789abcdefghijklmnopqrstuvwxyz") tokens.add(`##${letter}`);

  const byCount = [...counts.characters].sort(largerFirst);
  for (const [character, count] of byCount) {
    if (!isHan(character) && count >= letterMinimum) tokens.add(character);
  }
  for (const letter of frequentLetters(counts.words, letterMinimum)) {
    tokens.add(letter);
    tokens.add(`##${letter}`);
  }
  for (const piece of learnWordPieces(asciiWords(counts.words), latinPieces)) tokens.add(piece);

  const han = new Set([...required].filter(isHan));
  if (tokens.size + han.size > size) {
    throw new AppError(
      "invalid_input",
      `A vocabulary of ${size} tokens cannot hold the ${han.size} required characters ` +
        `and ${tokens.size} other tokens; raise the size to ${tokens.size + han.size} or more.`,
    );
  }
  for (const [character] of byCount) {
    if (tokens.size + han.size >= size) break;
    if (isHan(character)) han.add(character);
  }
  // Frequent characters get small ids, so that the order reads well and files compress.
  const rank = new Map(byCount.map(([character], index) => [character, index]));
  const rankOf = (character: string): number => rank.get(character) ?? Infinity;
  return [...tokens, ...[...han].sort((a, b) => rankOf(a) - rankOf(b) || compare(a, b))];
}

function lettersOf(character: string): string {
  if (character >= "a" && character <= "z") return character;
  return character
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "");
}

function frequentLetters(words: ReadonlyMap<string, number>, minimum: number): string[] {
  const letters = new Map<string, number>();
  for (const [word, count] of words) {
    for (const letter of word) {
      if (letter <= "~" || PICTOGRAPH.test(letter)) continue;
      letters.set(letter, (letters.get(letter) ?? 0) + count);
    }
  }
  const frequent = [...letters].filter(([, count]) => count >= minimum);
  return frequent.sort(largerFirst).map(([letter]) => letter);
}

function asciiWords(words: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...words].filter(([word]) => /^[a-z0-9]{1,20}$/.test(word)));
}

function largerFirst(a: [string, number], b: [string, number]): number {
  return b[1] - a[1] || compare(a[0], b[0]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
