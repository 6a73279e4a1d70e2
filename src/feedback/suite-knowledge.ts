// What a desk has to know of suites: what they hold right, and what is never to be learned. Where
// suites lie, and what a question looks like, is up to whoever provides it.

/** A text with one blank, of a model whose suites are looked at. */
export interface AskedText {
  readonly model: string;
  readonly text: string;
}

/** With what is right there. */
export interface SaidText extends AskedText {
  readonly answers: readonly string[];
}

export interface SuiteKnowledge {
  /** Words that suites hold right where their question is the text, or whole clauses of it. */
  rightWords(asked: AskedText): readonly string[];
  /** Whether the golden set asks what this says, so that nothing may be learned from it. */
  isGolden(said: SaidText): boolean;
  /** Whether any suite does, so that no run takes it while the suite is there. */
  isAsked(said: SaidText): boolean;
}

/** Where there are no suites. */
export const NO_SUITES: SuiteKnowledge = {
  rightWords: () => [],
  isGolden: () => false,
  isAsked: () => false,
};
