// One temperature for all scores, so that a training leaves a model as sure of what it says as it
// was, measured by how often it is right.

import { createRandom, shuffle } from "../../base/index.ts";

/** Logits [V] at one place, and the token that stood there. */
export interface ScoredToken {
  readonly logits: Float32Array;
  readonly label: number;
}

const LOWEST = 0.5;
const HIGHEST = 3;
const WIDTH_MIN = 5e-3;

/**
 * By how much a model is surer than right under softmax(logits / temperature): the mean share of
 * the likeliest token, less how often that is what stood there; −1..1, below 0 for one that is too
 * modest, 0 without tokens.
 */
export function overconfidence(tokens: readonly ScoredToken[], temperature: number): number {
  let sum = 0;
  for (const { logits, label } of tokens) {
    let best = 0;
    for (let id = 1; id < logits.length; id++) {
      if ((logits[id] as number) > (logits[best] as number)) best = id;
    }
    const highest = logits[best] as number;
    let total = 0;
    for (const logit of logits) total += Math.exp((logit - highest) / temperature);
    sum += 1 / total - Number(best === label);
  }
  return tokens.length === 0 ? 0 : sum / tokens.length;
}

/**
 * The temperature within 0.5..3, to two digits, under which the overconfidence is what is wanted;
 * with 0 wanted that of Clarté et al. 2023 (arXiv 2303.02644). The likeliest temperature (Guo et
 * al. 2017, arXiv 1706.04599) instead makes up for whatever became less likely, and so makes all
 * scores more modest (docs/experiments.md).
 */
export function temperatureFor(tokens: readonly ScoredToken[], wanted: number): number {
  let [low, high] = [LOWEST, HIGHEST];
  while (high - low > WIDTH_MIN) {
    const middle = (low + high) / 2;
    if (overconfidence(tokens, middle) > wanted) low = middle;
    else high = middle;
  }
  return Math.round(50 * (low + high)) / 100;
}

/** Gathers what stands at places of questions while these are scored. */
export class KnownTokens {
  /** Each costs a row of the vocabulary's size; of 200 the temperature came out up to 0.08 off. */
  static readonly MAX = 2500;
  static readonly #SEED = 1;
  /** Tells what was remembered of other tokens apart. */
  static readonly RULE = `${KnownTokens.MAX} questions of one token`;

  readonly tokens: ScoredToken[] = [];
  /** Of the questions that are looked at → the token that is right. */
  readonly #labels: ReadonlyMap<number, number>;

  /**
   * Looks at some of the questions with one token, since a word's confidence is not that of its
   * tokens, each asked beside hidden others.
   *
   * @param questions of all suites, the ids that are right for each
   */
  constructor(questions: readonly { readonly labels: readonly number[] }[]) {
    const single = questions.flatMap(({ labels: [label, ...others] }, i) =>
      label === undefined || others.length > 0 ? [] : [[i, label] as const],
    );
    const drawn = shuffle(single, createRandom(KnownTokens.#SEED)).slice(0, KnownTokens.MAX);
    this.#labels = new Map(drawn);
  }

  /** @param logits [V] for each place of the question, copied */
  readonly see = (question: number, logits: readonly Float32Array[]): void => {
    const label = this.#labels.get(question);
    const [place] = logits;
    if (label !== undefined && place !== undefined) {
      this.tokens.push({ logits: place.slice(), label });
    }
  };
}
