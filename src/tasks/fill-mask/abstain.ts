// Leaves blanks open where the model is not sure enough of any word. It looks at an answer as the
// model gave it, so that one answer serves callers who ask for more or less confidence.

import { fillBlanks, findBlanks } from "./blanks.ts";
import type { FilledBlank, FillInput, FillOutput } from "./types.ts";

/**
 * The output without the candidates of blanks whose best one scores less than `minConfidence`
 * (0..1; 0 leaves none open). Such a blank stands in all sequences as it was written. The scores of
 * the others stay: they were given with the model's best word in it.
 */
export function abstainBelow(
  minConfidence: number,
  input: FillInput,
  output: FillOutput,
): FillOutput {
  const { blanks } = output;
  const isOpen = ({ candidates }: FilledBlank): boolean =>
    (candidates[0]?.score ?? 0) < minConfidence;
  if (!blanks.some(isOpen)) return output;
  const places = findBlanks(input);
  const markers = places.map(({ start, end }) => input.text.slice(start, end));
  const best = blanks.map((blank, i) =>
    isOpen(blank) ? (markers[i] ?? "") : (blank.candidates[0]?.text ?? ""),
  );
  return {
    blanks: blanks.map((blank, i) => {
      if (isOpen(blank)) return { candidates: [], abstained: true };
      const candidates = blank.candidates.map((candidate) => ({
        ...candidate,
        sequence: fillBlanks(input.text, places, best.with(i, candidate.text)),
      }));
      return { candidates };
    }),
  };
}
