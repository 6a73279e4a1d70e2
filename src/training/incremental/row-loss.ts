// What weights make of rows whose tokens are known: loss, and how distributions moved.

import { createRandom } from "../../base/index.ts";
import type { MaskedLanguageModel, Scorer } from "../../models/index.ts";
import type { ActivationCache } from "./activation-cache.ts";
import type { Compared } from "./drift.ts";
import {
  divergenceFrom,
  logTotal,
  rememberedOf,
  scoredPlace,
  type Remembered,
  type Scored,
} from "./divergence.ts";
import { asQuestion, type KeptRow, type TuningRow } from "./rows.ts";
import { paddedRows, type FeaturedRow } from "./tuning-batches.ts";
import type { SuffixInput, SuffixScorer } from "./tuning-step.ts";

/** Scores rows with whatever weights stand behind it. */
export interface RowScoring {
  readonly vocabularySize: number;
  /** Logits of the columns of rows side by side, float32 [columns, V]. */
  score(rows: readonly Question[]): Promise<Float32Array>;
}

/** The layers above a cut over cached activations of those below it. */
interface CachedParts {
  readonly scorer: SuffixScorer;
  readonly cache: Pick<ActivationCache, "read">;
  readonly model: Pick<MaskedLanguageModel, "hiddenSize" | "vocabularySize">;
}

export interface RowMeasuring extends CachedParts, RowScoring {}

export function cachedMeasuring(parts: CachedParts): RowMeasuring {
  const { scorer, cache, model } = parts;
  return {
    ...parts,
    vocabularySize: model.vocabularySize,
    score: (rows) => scorer.score(inputOf(rows, cache, model.hiddenSize)),
  };
}

/** All layers of a model in one session. */
export function wholeScoring(scorer: Scorer): RowScoring {
  return {
    vocabularySize: scorer.vocabularySize,
    score: (rows) =>
      scorer.score(
        rows.map(({ ids }) => ids),
        rows.map(({ columns }) => columns),
      ),
  };
}

const ROWS_IN_BATCH = 32;
/** Of what is remembered of distributions: the same rows give the same. */
const SEED = 1;

/** Mean −log p over the wanted targets of rows, by their weights; in nats a token. */
export async function meanLoss(rows: readonly TuningRow[], measuring: RowScoring): Promise<number> {
  let loss = 0;
  let total = 0;
  await eachScored(rows.map(asQuestion), measuring, (i, distributions) => {
    for (const [k, { label, wanted }] of (rows[i]?.targets ?? []).entries()) {
      const distribution = distributions[k] as Float32Array;
      loss -= wanted * ((distribution[label] as number) - logTotal(distribution));
      total += wanted;
    }
  });
  return total === 0 ? 0 : loss / total;
}

/** What weights say of a question whose answer's length is known. */
export interface ProbeOutcome {
  /** Whether each token of the answer was the likeliest at its place. */
  readonly isRight: boolean;
  /** The likeliest tokens. */
  readonly top: readonly number[];
  /** −ln p of the answer's tokens, each by itself. */
  readonly losses: readonly number[];
}

/** What weights say that others will be compared with. */
export interface FirstOutcome extends ProbeOutcome {
  /** Of each token of the answer. */
  readonly remembered: readonly Remembered[];
}

/** What other weights say of the same question. */
export interface LaterOutcome extends ProbeOutcome {
  /** KL(first ‖ later) of each token of the answer, in nats. */
  readonly divergences: readonly number[];
}

export async function probeOutcomes(
  rows: readonly KeptRow[],
  measuring: RowScoring,
): Promise<ProbeOutcome[]> {
  const outcomes: ProbeOutcome[] = [];
  await eachScored(rows, measuring, (i, logits) => {
    outcomes[i] = outcomeOf(rows[i] as KeptRow, logits.map(scoredPlace));
  });
  return outcomes;
}

/** @param see gets the logits, too, which are gone afterwards */
export async function firstOutcomes(
  rows: readonly KeptRow[],
  measuring: RowScoring,
  see?: Seeing,
): Promise<FirstOutcome[]> {
  const outcomes: FirstOutcome[] = [];
  const random = createRandom(SEED);
  await eachScored(rows, measuring, (i, logits) => {
    see?.(i, logits);
    const places = logits.map(scoredPlace);
    const remembered = places.map((place) => rememberedOf(place, random));
    outcomes[i] = { ...outcomeOf(rows[i] as KeptRow, places), remembered };
  });
  return outcomes;
}

/**
 * @param first what was said of the same rows, in their order
 * @param see as that of `firstOutcomes`
 */
export async function laterOutcomes(
  rows: readonly KeptRow[],
  first: readonly FirstOutcome[],
  measuring: RowScoring,
  see?: Seeing,
): Promise<LaterOutcome[]> {
  const outcomes: LaterOutcome[] = [];
  await eachScored(rows, measuring, (i, logits) => {
    see?.(i, logits);
    const { remembered } = first[i] as FirstOutcome;
    const places = logits.map(scoredPlace);
    const divergences = places.map((place, k) => {
      return divergenceFrom(remembered[k] as Remembered, place);
    });
    outcomes[i] = { ...outcomeOf(rows[i] as KeptRow, places), divergences };
  });
  return outcomes;
}

/** The same rows before and after. */
export async function comparedOutcomes<T extends KeptRow>(
  asked: readonly T[],
  before: readonly FirstOutcome[],
  scoring: RowScoring,
): Promise<Compared<T>> {
  return { asked, before, after: await laterOutcomes(asked, before, scoring) };
}

/**
 * What is first said of everything that a version is asked as rows.
 *
 * @param see gets the logits of the probes
 */
export async function firstOutcomesOf(
  { probes, guards, domains }: Record<"probes" | "guards" | "domains", readonly KeptRow[]>,
  scoring: RowScoring,
  see?: Seeing,
): Promise<Record<"probes" | "guards" | "domains", readonly FirstOutcome[]>> {
  return {
    probes: await firstOutcomes(probes, scoring, see),
    guards: await firstOutcomes(guards, scoring),
    domains: await firstOutcomes(domains, scoring),
  };
}

function outcomeOf({ labels }: KeptRow, places: readonly Scored[]): ProbeOutcome {
  const top = places.map(({ logits }) => indexOfHighest(logits));
  return {
    isRight: labels.every((label, k) => top[k] === label),
    top,
    losses: places.map(({ logits, total }, k) => total - (logits[labels[k] as number] as number)),
  };
}

interface Question {
  readonly ids: readonly number[];
  readonly columns: readonly number[];
}

/** What the weights as they are make of kept rows: float32 [columns, H] each, in order. */
export async function featuresOf(
  rows: readonly KeptRow[],
  { scorer, cache, model }: CachedParts,
): Promise<FeaturedRow[]> {
  const featured: FeaturedRow[] = [];
  for (const batch of batchesOf(rows)) {
    const values = await scorer.features(inputOf(batch.rows, cache, model.hiddenSize));
    for (const [k, part] of partsOf(batch.rows, values, model.hiddenSize).entries()) {
      const i = batch.indices[k] as number;
      featured[i] = { ...(rows[i] as KeptRow), features: part };
    }
  }
  return featured;
}

/** Gets the logits [V] of each column of a question; they are overwritten by those of the next. */
export type Seeing = (question: number, logits: readonly Float32Array[]) => void;

async function eachScored(
  questions: readonly Question[],
  scoring: RowScoring,
  take: Seeing,
): Promise<void> {
  const { vocabularySize } = scoring;
  for (const batch of batchesOf(questions)) {
    const logits = await scoring.score(batch.rows);
    for (const [k, part] of partsOf(batch.rows, logits, vocabularySize).entries()) {
      const columns = Array.from({ length: part.length / vocabularySize }, (_, column) =>
        part.subarray(column * vocabularySize, (column + 1) * vocabularySize),
      );
      take(batch.indices[k] as number, columns);
    }
  }
}

/** Rows of like length together, with their places in the whole. */
function batchesOf<T extends Question>(rows: readonly T[]): { rows: T[]; indices: number[] }[] {
  const order = rows.map((_, i) => i);
  order.sort((a, b) => (rows[a]?.ids.length ?? 0) - (rows[b]?.ids.length ?? 0));
  return Array.from({ length: Math.ceil(order.length / ROWS_IN_BATCH) }, (_, i) => {
    const indices = order.slice(i * ROWS_IN_BATCH, (i + 1) * ROWS_IN_BATCH);
    return { indices, rows: indices.map((index) => rows[index] as T) };
  });
}

/** Cached activations of rows side by side, and the flat positions of their columns. */
export function inputOf(
  rows: readonly Question[],
  cache: CachedParts["cache"],
  hiddenSize: number,
): SuffixInput {
  const padded = paddedRows(rows, cache, hiddenSize);
  const flat = rows.flatMap(({ columns }, i) =>
    columns.map((column) => BigInt(i * padded.length + column)),
  );
  return { ...padded, positions: BigInt64Array.from(flat) };
}

/** Values [columns, width] cut into those of each row. */
function partsOf(rows: readonly Question[], values: Float32Array, width: number): Float32Array[] {
  let at = 0;
  return rows.map(({ columns }) => values.subarray(at, (at += columns.length * width)));
}

function indexOfHighest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) {
    if ((logits[i] as number) > (logits[best] as number)) best = i;
  }
  return best;
}
