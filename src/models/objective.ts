// Graphs around a masked language model: scores at chosen positions, and the training loss.

import type { Weights } from "../checkpoint/index.ts";
import type { Graph, Value } from "../onnx/index.ts";
import { GraphBuilder, literal } from "../onnx/index.ts";
import type { MaskedLanguageModel, MatrixOperators, ParameterSource } from "./masked-lm.ts";
import { FLOAT_OPERATORS, forwardScope } from "./masked-lm.ts";

/** Names of the inputs and outputs of the graphs below. */
export const IO = {
  inputIds: "input_ids",
  attentionMask: "attention_mask",
  tokenTypeIds: "token_type_ids",
  positions: "masked_positions",
  labels: "labels",
  weights: "loss_weights",
  logits: "logits",
  loss: "loss",
} as const;

interface ForwardOptions {
  readonly operators?: MatrixOperators | undefined;
  /** Whether a row may hold several documents. */
  readonly isPacked?: boolean;
}

interface Forward {
  readonly b: GraphBuilder;
  readonly logits: Value;
}

/** Logits float32 [M, V] at flat positions (row·S + column) int64 [M] of a batch [B, S]. */
function forwardAtPositions(
  model: MaskedLanguageModel,
  source: ParameterSourceFor,
  { operators = FLOAT_OPERATORS, isPacked = false }: ForwardOptions = {},
): Forward {
  const b = new GraphBuilder();
  const ids = b.input(IO.inputIds, "int64", ["batch", "sequence"]);
  const mask = b.input(IO.attentionMask, "int64", ["batch", "sequence"]);
  const positions = b.input(IO.positions, "int64", ["masked"]);
  const scope = forwardScope(b, cached(source(b)), { attentionMask: mask, operators, isPacked });
  let hidden = model.embeddings(scope, ids);
  for (let i = 0; i < model.layerCount; i++) {
    hidden = model.layer(scope, hidden, i, i === model.layerCount - 1 ? positions : undefined);
  }
  return { b, logits: model.scores(scope, model.features(scope, hidden)) };
}

/** Where the weights come from, once the graph they go into exists. */
export type ParameterSourceFor = (b: GraphBuilder) => ParameterSource;

/** A tied weight is asked for twice but stands in the graph once. */
export function cached(source: ParameterSource): ParameterSource {
  const known = new Map<string, Value>();
  return (name, shape) => {
    const value = known.get(name) ?? source(name, shape);
    known.set(name, value);
    return value;
  };
}

/** Weights as graph inputs of their own names: no session is re-made when they change. */
export const weightsAsInputs: ParameterSourceFor = (b) => (name, shape) =>
  b.input(name, "float32", shape);

/** As {@link weightsAsInputs}, but `frozen` ones are constants, which the engine packs once. */
export function frozenAsConstants(frozen: Weights): ParameterSourceFor {
  return (b) => (name, shape) => {
    const tensor = frozen.get(name);
    if (tensor === undefined) return b.input(name, "float32", shape);
    return b.initializer(name, literal("float32", tensor.shape, tensor.data));
  };
}

/** Weights as constants; memory is shared with them. */
export function weightsAsConstants(read: (name: string) => Float32Array): ParameterSourceFor {
  return (b) => (name, shape) => b.initializer(name, literal("float32", shape, read(name)));
}

/** Scores float32 [M, V] of every token at the masked positions. */
export function scoringGraph(
  model: MaskedLanguageModel,
  source: ParameterSourceFor,
  operators?: MatrixOperators,
): Graph {
  const { b, logits } = forwardAtPositions(model, source, { operators });
  b.output(logits, IO.logits);
  return b.build("scores");
}

/** Scores float32 [B, S, V] of every token everywhere, with the inputs of Hugging Face's models. */
export function allScoresGraph(model: MaskedLanguageModel, source: ParameterSourceFor): Graph {
  const b = new GraphBuilder();
  const input = (name: string): Value => b.input(name, "int64", ["batch", "sequence"]);
  const ids = input(IO.inputIds);
  const attentionMask = input(IO.attentionMask);
  const types = model.hasTokenTypes ? input(IO.tokenTypeIds) : undefined;
  const operators = FLOAT_OPERATORS;
  const scope = forwardScope(b, cached(source(b)), { attentionMask, operators });
  let hidden = model.embeddings(scope, ids, types);
  for (let i = 0; i < model.layerCount; i++) hidden = model.layer(scope, hidden, i);
  b.output(model.scores(scope, model.features(scope, hidden)), IO.logits);
  return b.build("all_scores");
}

/**
 * Cross-entropy at the masked positions, Σ wᵢ·(−log p(labelᵢ)), in nats: `labels` int64 [M],
 * `loss_weights` float32 [M] (1/M each for the mean). Weights are inputs. A row may hold several
 * documents, told apart by their numbers in the attention mask: each is learned as if alone.
 */
export function lossGraph(
  model: MaskedLanguageModel,
  source: ParameterSourceFor = weightsAsInputs,
): Graph {
  const { b, logits } = forwardAtPositions(model, source, { isPacked: true });
  const labels = b.input(IO.labels, "int64", ["masked"]);
  const weights = b.input(IO.weights, "float32", ["masked"]);
  const logProbabilities = b.emit("LogSoftmax", [logits], { axis: -1 });
  const index = b.emit("Unsqueeze", [labels, b.ints(1)]);
  const chosen = b.emit("GatherElements", [logProbabilities, index], { axis: 1 });
  const each = b.emit("Mul", [b.emit("Squeeze", [chosen, b.ints(1)]), weights]);
  const loss = b.emit("Neg", [b.emit("ReduceSum", [each, b.ints(0)], { keepdims: 0 })]);
  b.output(loss, IO.loss);
  return b.build("loss");
}
