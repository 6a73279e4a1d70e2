// A masked language model cut in two between layers: the prefix turns texts into activations, which
// can be kept; the suffix goes on from there and is what an incremental training changes.

import type { Weights } from "../checkpoint/index.ts";
import type { Graph, Value } from "../onnx/index.ts";
import { GraphBuilder, literal } from "../onnx/index.ts";
import type {
  DenseLayer,
  ForwardScope,
  MaskedLanguageModel,
  MatrixOperators,
  ParameterSource,
} from "./masked-lm.ts";
import { FLOAT_OPERATORS, forwardScope } from "./masked-lm.ts";
import { cached, IO, type ParameterSourceFor } from "./objective.ts";

/** Names of the inputs and outputs of the graphs below, besides those of `IO`. */
export const CUT_IO = {
  /** float32 [B, S, H]: what the layer below the cut puts out. */
  hidden: "hidden",
  /** float32 [M, H] at the masked positions. */
  features: "features",
  unlikelihood: "unlikelihood_weights",
  keptRows: "kept_rows",
  keptFeatures: "kept_features",
  keptWeights: "kept_weights",
} as const;

/** Layers below `cut` belong to the prefix; 1..L−1. */
type Cut = number;

/** Activations float32 [B, S, H] below the cut. */
export function prefixGraph(
  model: MaskedLanguageModel,
  source: ParameterSourceFor,
  cut: Cut,
): Graph {
  const b = new GraphBuilder();
  const ids = b.input(IO.inputIds, "int64", ["batch", "sequence"]);
  const scope = scopeOver(b, source);
  let hidden = model.embeddings(scope, ids);
  for (let i = 0; i < cut; i++) hidden = model.layer(scope, hidden, i);
  b.output(hidden, CUT_IO.hidden);
  return b.build("prefix");
}

/** Scores float32 [M, V] and features [M, H] at the masked positions, from activations. */
export function suffixScoringGraph(
  model: MaskedLanguageModel,
  source: ParameterSourceFor,
  cut: Cut,
): Graph {
  const b = new GraphBuilder();
  const hidden = b.input(CUT_IO.hidden, "float32", ["batch", "sequence", model.hiddenSize]);
  const scope = scopeOver(b, source);
  const features = featuresAbove(model, scope, { hidden, cut });
  b.output(model.scores(scope, features), IO.logits);
  b.output(features, CUT_IO.features);
  return b.build("suffix");
}

/** Products of what reaches some matrices. */
export interface InputProducts {
  readonly graph: Graph;
  /** The output that belongs to each weight; those that read the same share one. */
  readonly outputs: ReadonlyMap<string, string>;
}

/**
 * What some matrices multiply, as products of their inputs with each other: float32
 * [inputs, inputs] XᵀX over all that reaches them, X [tokens or M, inputs].
 *
 * @param weights names of matrices above the cut, with the width of their inputs
 */
export function inputProducts(
  model: MaskedLanguageModel,
  source: ParameterSourceFor,
  { cut, weights }: { readonly cut: Cut; readonly weights: ReadonlyMap<string, number> },
): InputProducts {
  const b = new GraphBuilder();
  const hidden = b.input(CUT_IO.hidden, "float32", ["batch", "sequence", model.hiddenSize]);
  const outputs = new Map<string, string>();
  const outputOf = new Map<Value, string>();
  const operators = watching(FLOAT_OPERATORS, (x, { weight }) => {
    const inputs = weights.get(weight);
    if (inputs === undefined) return;
    const known = outputOf.get(x);
    const output = known ?? `products:${weight}`;
    outputs.set(weight, output);
    if (known !== undefined) return;
    outputOf.set(x, output);
    const flat = b.emit("Reshape", [x, b.ints(-1, inputs)]);
    b.output(b.emit("FusedMatMul", [flat, flat], { transA: 1 }), output);
  });
  featuresAbove(model, scopeOver(b, source, operators), { hidden, cut });
  return { graph: b.build("input_products"), outputs };
}

/** The same operators, each of whose matrices `see` is told of with what it multiplies. */
function watching(
  operators: MatrixOperators,
  see: (x: Value, layer: DenseLayer) => void,
): MatrixOperators {
  return {
    ...operators,
    dense(scope, x, layer) {
      see(x, layer);
      return operators.dense(scope, x, layer);
    },
    denseParts(scope, x, layer) {
      see(x, layer);
      return operators.denseParts(scope, x, layer);
    },
    denseEach(scope, x, layers) {
      for (const layer of layers) see(x, layer);
      return operators.denseEach(scope, x, layers);
    },
  };
}

/**
 * The loss of an incremental training from activations below the cut, in nats; M positions, of
 * which R are kept as they were:
 *
 *   Σ wᵢ·(−log p(labelᵢ)) + Σ uᵢ·(−log(1 − p(labelᵢ))) + Σ kⱼ·KL(p⁰ⱼ ‖ pⱼ)
 *
 * with `loss_weights` w, `unlikelihood_weights` u float32 [M] (Welleck et al. 2019, arXiv
 * 1908.04319), `kept_rows` int64 [R] into M, `kept_weights` k float32 [R], and p⁰ the distribution
 * that `kept_features` float32 [R, H] of the model before training give with its own score bias.
 *
 * @param before the weights that p⁰ is scored with where they differ from those in training
 */
export function tuningGraph(
  model: MaskedLanguageModel,
  source: ParameterSourceFor,
  {
    cut,
    before,
    operators,
  }: {
    readonly cut: Cut;
    readonly before: Weights;
    readonly operators?: MatrixOperators | undefined;
  },
): Graph {
  const b = new GraphBuilder();
  const hidden = b.input(CUT_IO.hidden, "float32", ["batch", "sequence", model.hiddenSize]);
  const scope = scopeOver(b, source, operators);
  const logits = model.scores(scope, featuresAbove(model, scope, { hidden, cut }));
  const logProbabilities = b.emit("LogSoftmax", [logits], { axis: -1 });
  const learned = learningLoss(b, logProbabilities);
  const features = b.input(CUT_IO.keptFeatures, "float32", ["kept", model.hiddenSize]);
  const scoresBefore = model.scores({ ...scope, parameter: overriding(scope, before) }, features);
  b.output(b.emit("Add", [learned, keepingLoss(b, logProbabilities, scoresBefore)]), IO.loss);
  return b.build("tuning");
}

/** The scope's weights, but those of `before` as constants. */
function overriding({ b, parameter }: ForwardScope, before: Weights): ParameterSource {
  return (name, shape) => {
    const tensor = before.get(name);
    if (tensor === undefined) return parameter(name, shape);
    return b.initializer(`before:${name}`, literal("float32", shape, tensor.data));
  };
}

function learningLoss(b: GraphBuilder, logProbabilities: Value): Value {
  const labels = b.input(IO.labels, "int64", ["masked"]);
  const weights = b.input(IO.weights, "float32", ["masked"]);
  const unlikelihood = b.input(CUT_IO.unlikelihood, "float32", ["masked"]);
  const index = b.emit("Unsqueeze", [labels, b.ints(1)]);
  const picked = b.emit("GatherElements", [logProbabilities, index], { axis: 1 });
  const chosen = b.emit("Squeeze", [picked, b.ints(1)]);
  // 1 − p can round to 0 for a token that is certain; its gradient would be without bound.
  const rest = b.emit("Sub", [b.scalar(1 + UNLIKELY_FLOOR), b.emit("Exp", [chosen])]);
  const wanted = b.emit("Mul", [chosen, weights]);
  const unwanted = b.emit("Mul", [b.emit("Log", [rest]), unlikelihood]);
  const sum = b.emit("ReduceSum", [b.emit("Add", [wanted, unwanted]), b.ints(0)], { keepdims: 0 });
  return b.emit("Neg", [sum]);
}

const UNLIKELY_FLOOR = 1e-4;

function keepingLoss(b: GraphBuilder, logProbabilities: Value, scoresBefore: Value): Value {
  const rows = b.input(CUT_IO.keptRows, "int64", ["kept"]);
  const weights = b.input(CUT_IO.keptWeights, "float32", ["kept"]);
  const before = b.emit("LogSoftmax", [scoresBefore], { axis: -1 });
  const after = b.emit("Gather", [logProbabilities, rows], { axis: 0 });
  const terms = b.emit("Mul", [b.emit("Exp", [before]), b.emit("Sub", [before, after])]);
  const each = b.emit("ReduceSum", [terms, b.ints(1)], { keepdims: 0 });
  return b.emit("ReduceSum", [b.emit("Mul", [each, weights]), b.ints(0)], { keepdims: 0 });
}

function scopeOver(
  b: GraphBuilder,
  source: ParameterSourceFor,
  operators = FLOAT_OPERATORS,
): ForwardScope {
  const attentionMask = b.input(IO.attentionMask, "int64", ["batch", "sequence"]);
  return forwardScope(b, cached(source(b)), { attentionMask, operators });
}

/** Features float32 [M, H] at the input `masked_positions`, from activations below the cut. */
function featuresAbove(
  model: MaskedLanguageModel,
  scope: ForwardScope,
  { hidden, cut }: { readonly hidden: Value; readonly cut: Cut },
): Value {
  const positions = scope.b.input(IO.positions, "int64", ["masked"]);
  let above = hidden;
  for (let i = cut; i < model.layerCount; i++) {
    above = model.layer(scope, above, i, i === model.layerCount - 1 ? positions : undefined);
  }
  return model.features(scope, above);
}

/** The part of a model that a parameter belongs to. */
export type ParameterPlace = "embeddings" | "head" | { readonly layer: number };

/**
 * Where each parameter is first used on the way from ids to scores; a tied decoder belongs to the
 * embeddings.
 */
export function parameterPlaces(model: MaskedLanguageModel): ReadonlyMap<string, ParameterPlace> {
  const places = new Map<string, ParameterPlace>();
  let place: ParameterPlace = "embeddings";
  const b = new GraphBuilder();
  const source: ParameterSource = cached((name, shape) => {
    if (!places.has(name)) places.set(name, place);
    return b.input(name, "float32", shape);
  });
  const ids = b.input(IO.inputIds, "int64", ["batch", "sequence"]);
  const scope = scopeOver(b, () => source);
  let hidden = model.embeddings(scope, ids);
  for (let layer = 0; layer < model.layerCount; layer++) {
    place = { layer };
    hidden = model.layer(scope, hidden, layer);
  }
  place = "head";
  model.scores(scope, model.features(scope, hidden));
  return places;
}
