// Style pairs (an informal sentence and the formal one) → samples: where the two differ, the formal
// word is the answer and the informal one is rejected.

import { characterCount } from "../../base/index.ts";
import { blankBetween, WORD_LENGTH_MAX } from "../sample-text.ts";
import type { TableRow } from "./delimited.ts";
import { badRow, checkedSample, requireAgreement, type ImportedSample } from "./rows.ts";
import { fitsBlank, isWord, piecesOf, wordsOf } from "./words.ts";

const TITLES = /^(informal|formal|口语|口语体|正式|书面语|书面|日常)$/i;
const LENGTH_MAX = 500;

/** A stretch of the formal sentence and what stands in its place in the informal one. */
export interface Replacement {
  readonly before: string;
  readonly formal: string;
  readonly informal: string;
  readonly after: string;
}

/**
 * Samples from rows of two cells (a third may name the domain); a header is skipped. Pairs whose
 * formal sentence only leaves something out have nothing to fill.
 *
 * @throws AppError `bad_row` for a row that is no pair, or whose sentences are the same.
 */
export function parseStylePairs(rows: readonly TableRow[]): ImportedSample[] {
  const [first] = rows;
  const hasHeader = first?.cells.slice(0, 2).every((cell) => TITLES.test(cell)) ?? false;
  const samples = rows.slice(hasHeader ? 1 : 0).flatMap(samplesOf);
  requireAgreement(samples);
  return samples;
}

function samplesOf({ row, cells }: TableRow): ImportedSample[] {
  const [informal = "", formal = "", domain = ""] = cells.map((cell) => cell.normalize("NFC"));
  if (informal === "" || formal === "" || cells.slice(3).some((cell) => cell !== "")) {
    const count = cells.filter((cell) => cell !== "").length;
    throw badRow(row, `${count} cells; expected an informal sentence and the formal one`);
  }
  if (informal === formal) throw badRow(row, "both sentences are the same; expected a difference");
  if (Math.max(characterCount(informal), characterCount(formal)) > LENGTH_MAX) {
    throw badRow(
      row,
      `a sentence has more than ${LENGTH_MAX} characters; expected single sentences`,
    );
  }
  return replacementsIn(informal, formal).flatMap((replacement) =>
    samplesFor(replacement, { row, domain: domain || undefined }),
  );
}

/** A long stretch becomes blanks for its words, one in each sample, with nothing rejected. */
function samplesFor(
  { before, formal, informal, after }: Replacement,
  facts: { readonly row: number; readonly domain: string | undefined },
): ImportedSample[] {
  const rejected = fitsBlank(formal) && fitsBlank(informal) ? [informal] : [];
  return piecesOf(formal).map((piece) => {
    const text = blankBetween(before + piece.before, piece.after + after);
    return checkedSample({ ...facts, text, answers: [piece.word], rejected });
  });
}

/** Where the formal sentence has other words than the informal one, in order. */
export function replacementsIn(informal: string, formal: string): Replacement[] {
  const from = wordsOf(informal);
  const to = wordsOf(formal);
  const stretches = between(
    commonWords(from, to, (a, b) => a === b),
    from,
    to,
  );
  let done = "";
  return stretches.flatMap(({ gone, come, same }) => {
    const found: Replacement[] = [];
    for (const part of partsOf(gone, come)) {
      const trimmed = withoutPunctuation(part.gone.join(""), part.come.join(""));
      const before = done + trimmed.head;
      done += part.come.join("");
      if (trimmed.formal === "" || trimmed.formal === trimmed.informal) continue;
      const after = formal.slice(before.length + trimmed.formal.length);
      found.push({ before, formal: trimmed.formal, informal: trimmed.informal, after });
    }
    done += same;
    return found;
  });
}

/** Words that are gone, those that came in their place, and the one after them. */
interface Stretch {
  readonly gone: readonly string[];
  readonly come: readonly string[];
  /** Of the second text; empty at the end. */
  readonly same: string;
}

/** What lies between pairs of words, and the rest behind the last. */
function between(
  pairs: readonly (readonly [number, number])[],
  from: readonly string[],
  to: readonly string[],
): Stretch[] {
  let [i, j] = [0, 0];
  return [...pairs, [from.length, to.length] as const].map(([nextI, nextJ]) => {
    const stretch = { gone: from.slice(i, nextI), come: to.slice(j, nextJ), same: to[nextJ] ?? "" };
    [i, j] = [nextI + 1, nextJ + 1];
    return stretch;
  });
}

/**
 * A stretch that is too long for a blank, cut where words of both sides share a character:
 * 啥时候能到 / 何时能够送达 is 啥时候 / 何时, 能 / 能够 and 到 / 送达.
 */
function partsOf(
  gone: readonly string[],
  come: readonly string[],
): readonly Omit<Stretch, "same">[] {
  if ([...come.join("")].length <= WORD_LENGTH_MAX) return [{ gone, come }];
  const pairs = commonWords(gone, come, shareCharacter);
  const parts: { gone: string[]; come: string[] }[] = [];
  for (const [k, stretch] of between(pairs, gone, come).entries()) {
    const pair = pairs[k];
    if (stretch.come.length > 0) parts.push({ gone: [...stretch.gone], come: [...stretch.come] });
    // Words that nothing came for belong to their neighbour.
    const left = stretch.come.length > 0 ? [] : stretch.gone;
    if (pair === undefined) parts.at(-1)?.gone.push(...left);
    else parts.push({ gone: [...left, gone[pair[0]] ?? ""], come: [come[pair[1]] ?? ""] });
  }
  return parts;
}

function shareCharacter(a: string, b: string): boolean {
  return isWord(a) && isWord(b) && [...a].some((character) => b.includes(character));
}

const PUNCTUATION = /^[\p{P}\s]*|[\p{P}\s]*$/gu;

/** A blank is for words; signs at the ends of a stretch stay in the sentence. */
function withoutPunctuation(
  informal: string,
  formal: string,
): { head: string; formal: string; tail: string; informal: string } {
  const head = /^[\p{P}\s]*/u.exec(formal)?.[0] ?? "";
  const rest = formal.slice(head.length);
  const tail = /[\p{P}\s]*$/u.exec(rest)?.[0] ?? "";
  return {
    head,
    formal: rest.slice(0, rest.length - tail.length),
    tail,
    informal: informal.replaceAll(PUNCTUATION, ""),
  };
}

/** A longest common subsequence as places [in a, in b], ascending. */
function commonWords(
  a: readonly string[],
  b: readonly string[],
  isCommon: (wordOfA: string, wordOfB: string) => boolean,
): (readonly [number, number])[] {
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const common = (i: number, j: number): boolean => isCommon(a[i] ?? "", b[j] ?? "");
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const longest = common(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      lengths[i * width + j] = longest;
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (common(i, j)) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
