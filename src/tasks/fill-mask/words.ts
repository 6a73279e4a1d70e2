// Candidates for one blank whose length is open: every word of the lexicon gets an independent
// score from one pass per length, the best few are scored again by the chain rule, and the lengths
// compete through the length model. score(w) = P(length of w)·P(w | length), so scores are
// probabilities and add up to at most 1.

import { logSumExp, topIndices } from "./distribution.ts";
import { freeWords } from "./free-words.ts";
import type { LengthEvidence, LengthModel } from "./length-model.ts";
import { logLengthShares } from "./length-model.ts";
import type { Lexicon, WordTable } from "./lexicon.ts";
import { WORD_LENGTH_MAX } from "./lexicon.ts";
import type { Question } from "./rounds.ts";

/** The blank filled by a token list; see `Question`. */
interface BlankQuestion extends Pick<Question, "columns" | "tokens"> {
  readonly filling: readonly number[];
}

/** Log-probabilities float32 [columns, V], or [columns, tokens], for each question. */
export type AskBlank = (questions: readonly BlankQuestion[]) => Promise<Float32Array[]>;

/** A candidate as tokens; `logScore` is ln P. */
export interface ScoredWord {
  readonly ids: readonly number[];
  readonly text: string;
  readonly logScore: number;
}

export interface WordSearch {
  readonly ask: AskBlank;
  readonly mask: number;
  readonly vocabularySize: number;
  readonly lengths: LengthModel;
  /** Whether words compete, too, that the lexicon lacks. */
  readonly isFree?: boolean | undefined;
}

/** Words of each length 2, 3, 4 that are scored a second time. */
const RESCORED = [0, 0, 24, 10, 8];

/** The most rows that one search for words asks the model about: each length, then each prefix. */
export const SEARCH_ROWS_MAX = RESCORED.reduce(
  (rows, words, length) => rows + words * (length - 1),
  WORD_LENGTH_MAX,
);

/** How much of what a word scores without a text is taken off; measured on choices of idioms. */
const PRIOR_SHARE = 0.6;

/** Shortlisted words; the table order is that of the lexicon. */
interface Shortlisted {
  readonly ids: readonly number[];
  readonly text: string;
}

/** The words of one length with ln P(word | length), and what speaks for that length. */
export interface LengthGroup {
  readonly words: readonly ScoredWord[];
  readonly evidence: LengthEvidence;
}

/** Which tokens may stand as words, and how they are spelt. */
export interface WordView {
  readonly isWord: (id: number) => boolean;
  readonly textOf: (id: number) => string;
}

/** The best words of 1–4 tokens for an open blank, best first. */
export async function searchWords(
  search: WordSearch,
  lexicon: Lexicon,
  view: WordView,
): Promise<ScoredWord[]> {
  return competing(search.lengths, await wordsByLength(search, lexicon, view));
}

/** The best words of each of the lengths 1–4, not yet competing. */
export async function wordsByLength(
  search: WordSearch,
  lexicon: Lexicon,
  view: WordView,
): Promise<LengthGroup[]> {
  const { isWord, textOf } = view;
  const first = await firstPass(search, WORD_LENGTH_MAX);
  const alone = (first[0] as Float32Array).map((score, id) => (isWord(id) ? score : -Infinity));
  const spelt = (ids: readonly number[]): string =>
    lexicon.spellings.get(ids.join()) ?? ids.map(textOf).join("");
  const singles = topIndices(alone, 50).map((id) => {
    return { ids: [id], text: spelt([id]), logScore: alone[id] as number };
  });
  const lists = lexicon.tables.slice(1).map((table) => {
    return shortlist(table, first[table.length - 1] as Float32Array, search);
  });
  const shortlists = lists.map(({ words }) => words.map((ids) => ({ ids, text: spelt(ids) })));
  const [listed, free] = await Promise.all([
    rescore(search, shortlists, first),
    search.isFree === true ? freeWords(search, first, view) : [],
  ]);
  const longer = listed.map((words, i) => withOthers(words, free[i] ?? []));
  const masses = [logMass(alone), ...lists.map(({ mass }) => mass)];
  return [singles, ...longer].map((words, i) => {
    return { words, evidence: { peak: peakOf(words), mass: masses[i] ?? -Infinity } };
  });
}

function withOthers(
  words: readonly ScoredWord[],
  others: readonly ScoredWord[],
): readonly ScoredWord[] {
  const known = new Set(words.map(({ ids }) => ids.join()));
  return [...words, ...others.filter(({ ids }) => !known.has(ids.join()))];
}

/**
 * A choice among given words, as shares that add up to 1. Whoever names the words holds them
 * equally likely before reading the text, so each is judged by how much the text raises its
 * probability: P(text | w) ∝ P(w | text) / P(w), where P(w) is what the model says of a blank that
 * stands alone.
 *
 * @param targets token lists of any length; `near` asks about the blank in its text, each in a
 *   window of its own, `alone` about a blank without a text
 */
export async function chooseAmong(
  search: WordSearch,
  targets: readonly Shortlisted[],
  { near, alone }: { readonly near: readonly AskBlank[]; readonly alone: AskBlank },
): Promise<ScoredWord[]> {
  const scoredBy = async (ask: AskBlank): Promise<ReadonlyMap<string, number>> => {
    const words = await scoreTargets({ ...search, ask }, targets);
    return new Map(words.map(({ text, logScore }) => [text, logScore]));
  };
  const [prior, ...here] = await Promise.all([alone, ...near].map(scoredBy));
  const raised = targets.map((word): ScoredWord => {
    const scores = here.map((each) => each.get(word.text) ?? -Infinity);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    return { ...word, logScore: mean - PRIOR_SHARE * (prior?.get(word.text) ?? 0) };
  });
  const total = logSumExp(raised.map(({ logScore }) => logScore));
  return raised
    .map((word) => ({ ...word, logScore: word.logScore - total }))
    .sort((a, b) => b.logScore - a.logScore);
}

/**
 * ln P of each target: of its length, times of its tokens, each for itself with the whole blank
 * hidden. By the chain rule all but the first token of an idiom would be told by those before it,
 * and the text would hardly count (docs/experiments.md).
 */
async function scoreTargets(
  search: WordSearch,
  targets: readonly Shortlisted[],
): Promise<ScoredWord[]> {
  const longest = targets.reduce((length, { ids }) => Math.max(length, ids.length), 1);
  const first = await firstPass(search, longest);
  const { vocabularySize: size } = search;
  const groups = Array.from({ length: longest }, (_, i) =>
    targets
      .filter(({ ids }) => ids.length === i + 1)
      .map((word): ScoredWord => {
        const scores = first[i] as Float32Array;
        const logScore = word.ids.reduce(
          (sum, id, k) => sum + (scores[k * size + id] as number),
          0,
        );
        return { ...word, logScore };
      }),
  );
  return competing(
    search.lengths,
    groups.map((words) => ({ words, evidence: { peak: peakOf(words), mass: 0 } })),
  );
}

/** For each length L: log-probabilities [L, V] with L masks in the blank. */
function firstPass({ ask, mask }: WordSearch, longest: number): Promise<Float32Array[]> {
  const all = Array.from({ length: longest }, (_, i) => i);
  return ask(
    all.map((last) => {
      const columns = all.slice(0, last + 1);
      return { filling: columns.map(() => mask), columns };
    }),
  );
}

/** The words with the highest product of independent probabilities, and all words' ln Σ of it. */
function shortlist(
  { length, ids }: WordTable,
  scores: Float32Array,
  { vocabularySize: size }: WordSearch,
): { words: number[][]; mass: number } {
  const sums = new Float32Array(ids.length / length);
  for (let word = 0, at = 0; word < sums.length; word++) {
    let sum = 0;
    for (let i = 0; i < length; i++, at++) sum += scores[i * size + (ids[at] as number)] as number;
    sums[word] = sum;
  }
  const best = topIndices(sums, RESCORED[length] ?? 0).map((word) => {
    return Array.from(ids.subarray(word * length, (word + 1) * length));
  });
  return { words: best, mass: logMass(sums) };
}

/** ln Σ exp; sums of small probabilities, so that no shift is needed. */
function logMass(logScores: Float32Array): number {
  let mass = 0;
  for (const score of logScores) mass += Math.exp(score);
  return Math.log(mass);
}

function peakOf(words: readonly ScoredWord[]): number {
  return words.reduce((peak, { logScore }) => Math.max(peak, logScore), -Infinity);
}

/** Chain-rule scores ln P(c₁)·P(c₂ | c₁)·… of words grouped by length 2, 3, …; one pass for all. */
async function rescore(
  { ask, mask }: WordSearch,
  groups: readonly (readonly Shortlisted[])[],
  first: readonly Float32Array[],
): Promise<ScoredWord[][]> {
  const prefixes = new Map<string, BlankQuestion & { readonly tokens: number[] }>();
  const keyOf = (ids: readonly number[], known: number): string =>
    `${ids.length}:${ids.slice(0, known).join()}`;
  for (const { ids } of groups.flat()) {
    for (let known = 1; known < ids.length; known++) {
      const key = keyOf(ids, known);
      const filling = ids.map((id, i) => (i < known ? id : mask));
      const prefix = prefixes.get(key) ?? { filling, columns: [known], tokens: [] };
      prefix.tokens.push(ids[known] as number);
      prefixes.set(key, prefix);
    }
  }
  const answers = prefixes.size === 0 ? [] : await ask([...prefixes.values()]);
  const next = new Map(
    [...prefixes].map(([key, { tokens }], i) => [
      key,
      new Map(tokens.map((id, k) => [id, answers[i]?.[k] as number])),
    ]),
  );
  return groups.map((group) =>
    group.map(({ ids, text }) => {
      const alone = first[ids.length - 1] as Float32Array;
      let logScore = alone[ids[0] as number] as number;
      for (let known = 1; known < ids.length; known++) {
        logScore += next.get(keyOf(ids, known))?.get(ids[known] as number) as number;
      }
      return { ids, text, logScore };
    }),
  );
}

/** Words of all lengths on one score, best first. */
function competing(model: LengthModel, groups: readonly LengthGroup[]): ScoredWord[] {
  const shares = logLengthShares(
    model,
    groups.map(({ evidence }) => evidence),
  );
  return groups
    .flatMap(({ words }, i) =>
      words.map((word) => ({ ...word, logScore: word.logScore + (shares[i] as number) })),
    )
    .sort((a, b) => b.logScore - a.logScore);
}
