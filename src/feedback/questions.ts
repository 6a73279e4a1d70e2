// Which answers a person should judge: those where the model could hardly decide between its two
// best words, since there one judgement teaches most (margin sampling: Scheffer et al. 2001,
// "Active Hidden Markov Models for Information Extraction"). Pure.

import type { OfferedWord, Prediction } from "../registry/index.ts";
import { sentenceOf } from "./other-blanks.ts";
import { canonicalText } from "./sample-text.ts";

/** A blank of an answer that nobody has judged. */
export interface Question {
  readonly predictionId: string;
  readonly model: string;
  readonly version: string;
  /** Scrubbed, with its blanks. */
  readonly text: string;
  /** Which blank of the text, from 0. */
  readonly blank: number;
  /** Best first. */
  readonly candidates: readonly OfferedWord[];
  /** By how much the first is ahead of the second, 0..1. */
  readonly margin: number;
}

/**
 * The `count` closest decisions, the closest first; each text once, and none whose sentence is
 * among the `known`.
 */
export function closestQuestions(
  predictions: readonly Prediction[],
  count: number,
  known: ReadonlySet<string> = new Set(),
): Question[] {
  const byText = new Map<string, Question>();
  for (const prediction of predictions) {
    const { id, model, version, text, blanks } = prediction;
    const key = canonicalText(text);
    for (const [blank, candidates] of blanks.entries()) {
      const [first, second] = candidates;
      if (first === undefined || second === undefined) continue;
      const margin = first.score - second.score;
      if (margin >= (byText.get(key)?.margin ?? Infinity)) continue;
      if (known.has(sentenceOf(prediction, blank))) continue;
      byText.set(key, { predictionId: id, model, version, text, blank, candidates, margin });
    }
  }
  return [...byText.values()].toSorted((a, b) => a.margin - b.margin).slice(0, count);
}
