// Filling blanks, as callers see it: texts in, ranked words out. Knows nothing of HTTP or queues.

import type { Agreement, Precision } from "../../models/index.ts";

/** One text with at least one blank: `[MASK]` (one token), `___` or `[BLANK]` (a word). */
export interface FillInput {
  readonly text: string;
  /** Candidates per blank, 1..50; tokens that read alike ("e", "##e") count as one. */
  readonly topK: number;
  /**
   * "auto": every blank may become a word of 1–4 characters, also a lone `[MASK]`; 1: one token
   * each; undefined: `[MASK]` is one token, `___` and `[BLANK]` are words.
   */
  readonly length?: 1 | "auto" | undefined;
  /**
   * Only these words are candidates. Their scores are shares of 1; with length 1 they are the
   * probabilities of their tokens among all.
   */
  readonly targets?: readonly string[] | undefined;
  /**
   * "any": a blank of open length may also become words that neither the lexicon nor training has
   * told the model, as likely as it finds them; default "known".
   */
  readonly words?: "known" | "any" | undefined;
}

export interface Candidate {
  readonly text: string;
  /** Calibrated probability, 0..1. */
  readonly score: number;
  /** The whole text with this candidate in its blank and the best ones in the others. */
  readonly sequence: string;
  /** The vocabulary id where the candidate is one token. */
  readonly tokenId?: number | undefined;
  /** That token decoded by itself, where it is not the text: "##e" for the "e" that ends a word. */
  readonly token?: string | undefined;
}

export interface FilledBlank {
  readonly candidates: readonly Candidate[];
  /** Left open, without candidates, since none was as sure as the caller wants it. */
  readonly abstained?: true | undefined;
}

export interface FillOutput {
  /** In the order of the text. */
  readonly blanks: readonly FilledBlank[];
}

/** A loaded model that fills blanks. Calls that run side by side take turns with its engine. */
export interface Filler extends Disposable {
  /** What it answers in, which need not be what was asked for; see `agreementMin`. */
  readonly precision: Precision;
  /** Of its int8 form with float32, where the two were compared. */
  readonly agreement?: Agreement | undefined;
  /** A word as the model reads it: words of which this is the same are one word to it. */
  readonly asRead: (word: string) => string;
  /**
   * Answers several texts together.
   *
   * @param signal aborted when nobody waits any more: `cancelled` before the next engine call
   * @throws AppError `no_blank`, `text_too_long`, `invalid_input`; `details.text` is its index.
   */
  fill(inputs: readonly FillInput[], signal?: AbortSignal): Promise<readonly FillOutput[]>;
}

export interface FillerOptions {
  readonly threads: number;
  /** Whether a waiting thread keeps its core; see `SessionOptions`. */
  readonly spin?: boolean | undefined;
  readonly precision: Precision;
  /** Share of questions in which int8 must have float32's first token to be opened. Default 0. */
  readonly agreementMin?: number | undefined;
  /** Where stored models lie in the form that opens fastest, or will; without it none is used. */
  readonly stagedDirectory?: string | undefined;
}
