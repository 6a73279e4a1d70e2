// Chooses what a document hides: whole words, spans of any tokens, or single tokens.

import type { Random } from "../../base/index.ts";
import { shuffle } from "../../base/index.ts";
import { CONTINUES_WORD } from "./shard.ts";

/** How often each way of masking is used on a document; the shares add up to 1. */
export interface MaskingMix {
  /** Whole words, as the word flags tell (Cui et al. 2019, arXiv 1906.08101). */
  readonly word: number;
  /** Whole words, the longest first: the idiom of a sentence, so that the rest must tell it. */
  readonly longest?: number;
  /** Runs of 1–4 tokens whatever the words (Joshi et al. 2019, arXiv 1907.10529). */
  readonly span: number;
  /** Single tokens (Devlin et al. 2018, arXiv 1810.04805). */
  readonly token: number;
}

const SPAN_LENGTH_MAX = 4;
/** A longer word is cut, so that no blank hides a whole sentence. */
const MASKED_WORD_LENGTH_MAX = 6;

/**
 * Indices into `tokens` to hide: about `rate` of them, at least one, at most all.
 *
 * @param tokens ids with word flags
 */
export function chooseMasked(
  tokens: Uint16Array,
  { mix, rate, random }: { mix: MaskingMix; rate: number; random: Random },
): number[] {
  const count = tokens.length;
  if (count === 0) return [];
  const expected = count * rate;
  // Rounded up or down at random, so that short documents get the rate on average.
  const budget = Math.max(1, Math.floor(expected) + (random.next() < expected % 1 ? 1 : 0));
  const pick = random.next();
  const groups = shuffle(groupsOf(tokens, { mix, pick }, random), random);
  if (pick >= 1 - (mix.longest ?? 0)) groups.sort((a, b) => lengthOf(b) - lengthOf(a));
  const masked: number[] = [];
  for (const [start, end] of groups) {
    // A group that would overshoot is skipped, unless nothing is hidden yet.
    if (masked.length > 0 && masked.length + end - start > budget) continue;
    for (let i = start; i < end; i++) masked.push(i);
    if (masked.length >= budget) break;
  }
  return masked.sort((a, b) => a - b);
}

type Group = readonly [start: number, end: number];

/** @param pick 0..1, tells the way of masking; the last stretch is that of the longest words */
function groupsOf(
  tokens: Uint16Array,
  { mix, pick }: { readonly mix: MaskingMix; readonly pick: number },
  random: Random,
): Group[] {
  if (pick < mix.word || pick >= 1 - (mix.longest ?? 0)) return wordGroups(tokens);
  if (pick < mix.word + mix.span) return spanGroups(tokens.length, random);
  return Array.from(tokens, (_, i): Group => [i, i + 1]);
}

function lengthOf([start, end]: Group): number {
  return end - start;
}

function wordGroups(tokens: Uint16Array): Group[] {
  const groups: Group[] = [];
  let start = 0;
  for (let i = 1; i <= tokens.length; i++) {
    const continues = i < tokens.length && ((tokens[i] as number) & CONTINUES_WORD) !== 0;
    if (continues && i - start < MASKED_WORD_LENGTH_MAX) continue;
    groups.push([start, i]);
    start = i;
  }
  return groups;
}

function spanGroups(count: number, random: Random): Group[] {
  const groups: Group[] = [];
  for (let start = 0; start < count;) {
    const end = Math.min(count, start + 1 + random.integer(SPAN_LENGTH_MAX));
    groups.push([start, end]);
    start = end;
  }
  return groups;
}
