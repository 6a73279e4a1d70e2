// What an incremental training shows the model, as rows of tokens with what is to happen at some of
// their positions: samples to learn, ✗ words to avoid, sentences to keep as they are.

import { createRandom, shuffle, type Random } from "../../base/index.ts";
import type { Sample } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { rowsOfSample } from "../data/sample-rows.ts";

/** One position of a row, and how strongly its token is wanted and unwanted. */
export interface TuningTarget {
  readonly column: number;
  readonly label: number;
  /** Weight of −log p(label); 0 and more. */
  readonly wanted: number;
  /** Weight of −log(1 − p(label)); 0 and more. */
  readonly unwanted: number;
}

export interface TuningRow {
  /** Token ids with [CLS] and [SEP], masks in place. */
  readonly ids: readonly number[];
  readonly targets: readonly TuningTarget[];
}

/** A row whose distributions at `columns` shall stay what they are. */
export interface KeptRow {
  readonly ids: readonly number[];
  readonly columns: readonly number[];
  /** The tokens that stood there. */
  readonly labels: readonly number[];
}

interface RowOptions {
  readonly tokenizer: Tokenizer;
  readonly tokensMax: number;
}

/** What a pass may show of one word of a sample; it shows one of these rows. */
export interface WordForms {
  /** The word hidden whole, which is what a blank looks like. */
  readonly whole: TuningRow;
  /** As `whole` in other surroundings: see views.ts. */
  readonly views: readonly TuningRow[];
  /** The first tokens shown, which teaches the rest: words are found token by token. */
  readonly begun: readonly TuningRow[];
}

/** How much a rejected word weighs beside the right one. */
const UNWANTED_WEIGHT = 0.5;

/** The forms of a sample, one per word; those of a plain ✗ are rejected alone. */
export interface SampleForms {
  readonly accepted: readonly WordForms[];
  readonly rejected: readonly WordForms[];
}

/** All forms of a sample but views; none when it has answers and the vocabulary lacks them all. */
export function sampleForms(sample: Sample, options: RowOptions): SampleForms {
  const accepted = rowsOfSample(sample, options).map(({ ids, column, answer, weight }) => {
    const shownUpTo = (shown: number): TuningRow => {
      const visible = ids.map((id, i) => {
        const at = i - column;
        return at >= 0 && at < shown ? (answer[at] as number) : id;
      });
      const targets = answer.slice(shown).map((label, i) => {
        return { column: column + shown + i, label, wanted: weight, unwanted: 0 };
      });
      return { ids: visible, targets };
    };
    const whole = shownUpTo(0);
    const begun = answer.slice(1).map((_, i) => shownUpTo(i + 1));
    return { whole, views: [], begun };
  });
  const isUnknown = accepted.length === 0 && sample.answers.length > 0;
  const rejected = isUnknown ? [] : rejectedRows(sample, options);
  return { accepted, rejected: rejected.map((whole) => ({ whole, views: [], begun: [] })) };
}

/** All rows of a word's forms. */
export function rowsOfForms({ whole, views, begun }: WordForms): TuningRow[] {
  return [whole, ...views, ...begun];
}

/**
 * A rejected word is unwanted at those of its tokens that no right word of its length shares: at
 * all of them where no right word is known.
 */
function rejectedRows(sample: Sample, options: RowOptions): TuningRow[] {
  const { tokenizer } = options;
  const answers = sample.answers.map((answer) =>
    tokenizer.encode(answer, { specialTokens: false }),
  );
  const words = sample.rejected.filter((word) => !sample.answers.includes(word));
  return rowsOfSample({ ...sample, answers: words }, options).flatMap((row) => {
    const rivals = answers.filter(({ length }) => length === row.answer.length);
    const targets = row.answer.flatMap((label, i) => {
      if (rivals.some((rival) => rival[i] === label)) return [];
      return [{ column: row.column + i, label, wanted: 0, unwanted: UNWANTED_WEIGHT }];
    });
    return targets.length === 0 ? [] : [{ ids: row.ids, targets }];
  });
}

/** Share of a kept sentence's tokens that are hidden. */
const KEPT_MASK_RATE = 0.15;

/** A sentence with some tokens hidden, the same ones whenever it is asked for. */
export function keptRow(text: string, { tokenizer, tokensMax }: RowOptions): KeptRow | undefined {
  const { cls, sep, mask, unk } = tokenizer.special;
  const tokens = tokenizer.encode(text, { specialTokens: false }).slice(0, tokensMax - 2);
  const places = tokens.flatMap((id, i) => (id === unk ? [] : [i]));
  if (places.length < 2) return undefined;
  const random = createRandom(seedOf(text));
  const count = Math.max(1, Math.round(KEPT_MASK_RATE * places.length));
  const hidden = shuffle(places, random)
    .slice(0, count)
    .sort((a, b) => a - b);
  const ids = [cls, ...tokens, sep];
  for (const place of hidden) ids[place + 1] = mask;
  return {
    ids,
    columns: hidden.map((place) => place + 1),
    labels: hidden.map((place) => tokens[place] as number),
  };
}

/** A question of known length as a kept row: all tokens of the answer hidden. */
export function probeRow(sample: Sample, options: RowOptions): KeptRow | undefined {
  const [row] = rowsOfSample({ ...sample, answers: sample.answers.slice(0, 1) }, options);
  if (row === undefined) return undefined;
  const columns = row.answer.map((_, i) => row.column + i);
  return { ids: row.ids, columns, labels: row.answer };
}

/** The targets of a row as places whose tokens are known. */
export function asQuestion({ ids, targets }: TuningRow): KeptRow {
  return {
    ids,
    columns: targets.map(({ column }) => column),
    labels: targets.map(({ label }) => label),
  };
}

/** A seed that is the same for the same text. */
export function seedOf(text: string): number {
  let hash = 0;
  for (const letter of text) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hash;
}

/** How often the first tokens of a word are shown, and of the rest how often a view is. */
const BEGUN_SHARE = 0.2;
const VIEW_SHARE = 0.75;

/** A row of each word, as this pass draws them. */
export function drawRows(words: readonly WordForms[], random: Random): TuningRow[] {
  const drawn = (rows: readonly TuningRow[], share: number): TuningRow | undefined =>
    rows.length > 0 && random.next() < share ? rows[random.integer(rows.length)] : undefined;
  return words.map(
    ({ whole, views, begun }) => drawn(begun, BEGUN_SHARE) ?? drawn(views, VIEW_SHARE) ?? whole,
  );
}
