// Samples as rows of tokens: the answer's tokens hidden where the blank was.

import { fillBlanks, findBlanks, frameOf, rowAround } from "../../tasks/fill-mask/index.ts";
import type { Sample } from "../../tasks/fill-mask/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";

/** A sample's text with one of its answers in the first blank. */
export interface SampleRow {
  /** Token ids with [CLS] and [SEP], the answer's columns holding [MASK]. */
  readonly ids: readonly number[];
  /** Column of the answer's first token. */
  readonly column: number;
  /** The answer's tokens; never empty. */
  readonly answer: readonly number[];
  /** 1 divided by the number of answers: a sample with several is spread over them. */
  readonly weight: number;
}

const ROW_TOKENS_MAX = 320;

/** The longest row in tokens for a model of this length; fill-mask shows its models no more. */
export function rowTokensMax(sequenceMax: number): number {
  return Math.min(ROW_TOKENS_MAX, sequenceMax);
}

/**
 * One row per answer, the text cut to `tokensMax` tokens around the blank; none when the vocabulary
 * lacks every answer. Further blanks show as masks.
 */
export function rowsOfSample(
  sample: Sample,
  { tokenizer, tokensMax }: { readonly tokenizer: Tokenizer; readonly tokensMax: number },
): SampleRow[] {
  const { mask, unk } = tokenizer.special;
  const blanks = findBlanks({ ...sample, topK: 1 });
  const frame = frameOf(tokenizer, sample.text, blanks);
  const answers = sample.answers
    .map((answer) => tokenizer.encode(answer, { specialTokens: false }))
    .filter((ids) => ids.length > 0 && ids.length < tokensMax / 2 && !ids.includes(unk));
  return answers.map((answer) => {
    const fillings = blanks.map(({ open }, i) => {
      return i === 0 ? answer.map(() => mask) : open ? [mask, mask] : [mask];
    });
    const row = rowAround(frame, { blank: 0, fillings, tokenizer, tokensMax });
    return { ...row, answer, weight: 1 / answers.length };
  });
}

/** The sentence of a sample with its first answer in the first blank: what it says. */
export function sentenceOf(sample: Sample): string {
  const blanks = findBlanks({ ...sample, topK: 1 });
  const fillings = blanks.map(({ start, end }, i) => {
    return i === 0 ? (sample.answers[0] ?? "") : sample.text.slice(start, end);
  });
  return fillBlanks(sample.text, blanks, fillings);
}
