// How often two forms of a model put the same token first, on the built-in texts. Knows nothing of
// what makes the forms differ.

import type { Agreement, Scorer } from "../../models/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { findBlanks } from "./blanks.ts";
import { logSoftmaxRows, topIndices } from "./distribution.ts";
import { frameOf, rowAround } from "./row.ts";
import { TYPICAL_INPUTS } from "./typical-texts.ts";

/** Every token of a text is hidden once, this many apart from the others of its row. */
const HIDDEN_APART = 4;

/** Compares a form with the one that it stands for. Errors as `Scorer.score`. */
export async function compareForms(
  form: Scorer,
  reference: Scorer,
  tokenizer: Tokenizer,
): Promise<Agreement> {
  const { vocabularySize, sequenceMax } = reference;
  let [questions, same, sum, maxDifference] = [0, 0, 0, 0];
  for (const input of TYPICAL_INPUTS) {
    const frame = frameOf(tokenizer, input.text, findBlanks(input));
    const fillings = [[tokenizer.special.mask]];
    const place = { blank: 0, fillings, tokenizer, tokensMax: sequenceMax };
    const { rows, positions } = hidden(rowAround(frame, place).ids, tokenizer.special.mask);
    const given = await form.score(rows, positions);
    const wanted = await reference.score(rows, positions);
    for (const scores of [given, wanted]) logSoftmaxRows(scores, vocabularySize);
    for (let start = 0; start < wanted.length; start += vocabularySize) {
      const [best = 0] = topIndices(wanted.subarray(start, start + vocabularySize), 1);
      const [first] = topIndices(given.subarray(start, start + vocabularySize), 1);
      const difference = Math.abs(Number(given[start + best]) - Number(wanted[start + best]));
      questions += 1;
      if (first === best) same += 1;
      sum += difference;
      maxDifference = Math.max(maxDifference, difference);
    }
  }
  return {
    questions,
    sameTop1: same / questions,
    meanDifference: finite(sum / questions),
    maxDifference: finite(maxDifference),
  };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Rows that hide each token between the first and the last one once, and where. */
function hidden(
  ids: readonly number[],
  mask: number,
): { readonly rows: readonly number[][]; readonly positions: readonly number[][] } {
  const places = [...ids.keys()].slice(1, -1);
  const positions = Array.from({ length: HIDDEN_APART }, (_, turn) =>
    places.filter((place) => place % HIDDEN_APART === turn),
  );
  const rows = positions.map((asked) => ids.map((id, i) => (asked.includes(i) ? mask : id)));
  return { rows, positions };
}
