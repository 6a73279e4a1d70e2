// Sessions over the layers above the cut: one that differentiates the loss of a batch, one that
// scores rows with any weights. Weights that learn are inputs, so no session is re-made.

import { differentiate, gradientName } from "../../autodiff/index.ts";
import type { Weights } from "../../checkpoint/index.ts";
import {
  CUT_IO,
  frozenAsConstants,
  IO,
  suffixScoringGraph,
  tuningGraph,
  type MaskedLanguageModel,
  type MatrixOperators,
} from "../../models/index.ts";
import { modelOf, type Graph } from "../../onnx/index.ts";
import {
  createSession,
  floatTensor,
  intTensor,
  type Feeds,
  type Session,
} from "../../runtime/index.ts";
import type { GradientStep } from "../masked-lm-step.ts";
import type { TrainedParameter } from "../parameters.ts";
import type { TuningBatch } from "./tuning-batches.ts";

/** What both sessions stand on. */
export interface Suffix {
  readonly model: MaskedLanguageModel;
  readonly cut: number;
  /** The weights above the cut that do not learn: the decoder. */
  readonly frozen: Weights;
  readonly threads: number;
  /** How matrices multiply in the step; as they are when undefined. */
  readonly operators?: MatrixOperators;
}

/** A weight above the cut as it is now; changed in place. */
export type SuffixWeight = Pick<TrainedParameter, "name" | "shape" | "weights">;

/** Gives weights other values, in place. */
export function setWeights(
  weights: readonly SuffixWeight[],
  valuesOf: (name: string) => Float32Array,
): void {
  for (const { name, weights: values } of weights) values.set(valuesOf(name));
}

/**
 * The step that fills the parameters' gradients from a batch.
 *
 * @param before weights of the model before training that its kept distributions are scored with
 */
export async function tuningStep(
  { model, cut, frozen, threads, operators }: Suffix,
  parameters: readonly TrainedParameter[],
  before: Weights,
): Promise<GradientStep<TuningBatch>> {
  const forward = tuningGraph(model, frozenAsConstants(frozen), { cut, before, operators });
  const graph = differentiate(forward, {
    loss: IO.loss,
    parameters: parameters.map(({ name }) => name),
    distinctIndices: [IO.positions, CUT_IO.keptRows],
  });
  const session = await openGraph(graph, threads);
  const weights = weightFeeds(parameters);
  const loss = new Float32Array(1);
  const gradients = parameters.map(({ name, shape, gradient }) => {
    return [gradientName(name), floatTensor(gradient, shape)] as const;
  });
  const fetches = { [IO.loss]: floatTensor(loss, []), ...Object.fromEntries(gradients) };
  return {
    async run(batch) {
      await session.run({ ...weights, ...batchFeeds(batch, model.hiddenSize) }, fetches);
      return loss[0] ?? NaN;
    },
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

/** float32 [B, S, H] and int64 [B, S], [M]. */
export type SuffixInput = Pick<
  TuningBatch,
  "rows" | "length" | "hidden" | "attentionMask" | "positions"
>;

/** Scores from cached activations with the weights as they are at each run. */
export interface SuffixScorer extends Disposable {
  /** Logits float32 [M, V]. */
  score(input: SuffixInput): Promise<Float32Array>;
  /** What the logits are made of, float32 [M, H]. */
  features(input: SuffixInput): Promise<Float32Array>;
}

export async function suffixScorer(
  { model, cut, frozen, threads }: Suffix,
  parameters: readonly SuffixWeight[],
): Promise<SuffixScorer> {
  const session = await openGraph(
    suffixScoringGraph(model, frozenAsConstants(frozen), cut),
    threads,
  );
  const weights = weightFeeds(parameters);
  const { hiddenSize, vocabularySize } = model;
  const fetch = async (name: string, width: number, input: SuffixInput): Promise<Float32Array> => {
    const masked = input.positions.length;
    const values = new Float32Array(masked * width);
    if (masked === 0) return values;
    const fetches = { [name]: floatTensor(values, [masked, width]) };
    await session.run({ ...weights, ...inputFeeds(input, hiddenSize) }, fetches);
    return values;
  };
  return {
    score: (input) => fetch(IO.logits, vocabularySize, input),
    features: (input) => fetch(CUT_IO.features, hiddenSize, input),
    [Symbol.dispose]: () => session[Symbol.dispose](),
  };
}

/** A session over a graph of this program. */
export function openGraph(graph: Graph, threads: number): Promise<Session> {
  return createSession(modelOf(graph), { threads });
}

export function weightFeeds(parameters: readonly SuffixWeight[]): Feeds {
  return Object.fromEntries(
    parameters.map(({ name, shape, weights }) => [name, floatTensor(weights, shape)]),
  );
}

export function inputFeeds(input: SuffixInput, hiddenSize: number): Feeds {
  const { rows, length, hidden, attentionMask, positions } = input;
  return {
    [CUT_IO.hidden]: floatTensor(hidden, [rows, length, hiddenSize]),
    [IO.attentionMask]: intTensor(attentionMask, [rows, length]),
    [IO.positions]: intTensor(positions, [positions.length]),
  };
}

function batchFeeds(batch: TuningBatch, hiddenSize: number): Feeds {
  const masked = [batch.positions.length];
  const kept = batch.keptRows.length;
  return {
    ...inputFeeds(batch, hiddenSize),
    [IO.labels]: intTensor(batch.labels, masked),
    [IO.weights]: floatTensor(batch.wanted, masked),
    [CUT_IO.unlikelihood]: floatTensor(batch.unwanted, masked),
    [CUT_IO.keptRows]: intTensor(batch.keptRows, [kept]),
    [CUT_IO.keptFeatures]: floatTensor(batch.keptFeatures, [kept, hiddenSize]),
    [CUT_IO.keptWeights]: floatTensor(batch.keptWeights, [kept]),
  };
}
