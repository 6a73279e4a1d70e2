// What every masked language model here can do: say its parameters and emit its parts into a graph.
// Letters: B batch, S sequence, M masked positions, H hidden, A heads, D head size, V vocabulary.

import type { GraphBuilder, Shape, Value } from "../onnx/index.ts";

/** Where a weight comes from: a graph input in training, an initializer in serving. */
export type ParameterSource = (name: string, shape: readonly number[]) => Value;

/** A matrix of weights [out, in] as Hugging Face stores it, and the bias that goes with it. */
export interface DenseLayer {
  readonly weight: string;
  readonly bias: string | undefined;
  readonly inputs: number;
  readonly outputs: number;
}

export interface EmbeddingTable {
  readonly name: string;
  /** [V, H] */
  readonly shape: readonly [number, number];
}

/** How a graph computes with weight matrices: in float32, or in fewer bits when serving. */
export interface MatrixOperators {
  /** y = x·Wᵀ (+ bias).  x [..., in] → [..., out] */
  dense(scope: ForwardScope, x: Value, layer: DenseLayer): Value;
  /**
   * The same in equal parts of its outputs. The weights are cut, not the result: they are smaller
   * than a batch's activations, and constants are cut before anything runs.
   */
  denseParts(scope: ForwardScope, x: Value, layer: DenseLayer & { parts: number }): Value[];
  /** Several layers of equal size over the same x, which may be computed as one. */
  denseEach(scope: ForwardScope, x: Value, layers: readonly DenseLayer[]): Value[];
  /** Rows of a table of the given shape [V, H].  int64 [B, S] → float32 [B, S, H] */
  lookUp(scope: ForwardScope, ids: Value, table: EmbeddingTable): Value;
}

/** What the parts of one forward graph share. */
export interface ForwardScope {
  readonly b: GraphBuilder;
  readonly parameter: ParameterSource;
  readonly operators: MatrixOperators;
  /** int64 [2]: B and S. */
  readonly batchAndSequence: Value;
  /** float32 [B, 1, S, S]: 0 where a position may attend, very low where not. */
  readonly attentionBias: Value;
  /**
   * bool [B, 1, S, S]: which positions belong to one document, where a row may hold several;
   * undefined where positions count from the start of the row.
   */
  readonly documents: Value | undefined;
}

/** A masked language model's shape and its forward pass in parts, so that it can be cut. */
export interface MaskedLanguageModel {
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  readonly layerCount: number;
  /** The longest sequence in tokens that the model takes. */
  readonly sequenceMax: number;
  /** Hugging Face tensor names → shapes, in file order; tied weights appear once. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  /** The parameter that embeds tokens and, tied, scores them. */
  readonly embeddingName: string;
  /** The matrix [V, H] that scores tokens: the embedding's where they are tied. */
  readonly decoderName: string;
  /** The bias [V] on the scores; undefined when the model has none. */
  readonly scoreBiasName: string | undefined;
  /** Whether tokens have types (first or second text); filling blanks leaves them all 0. */
  readonly hasTokenTypes: boolean;
  /** int64 [B, S] → float32 [B, S, H]. Token types int64 [B, S] are 0 when left out. */
  embeddings(scope: ForwardScope, inputIds: Value, tokenTypeIds?: Value): Value;
  /**
   * float32 [B, S, H] → float32 [B, S, H]. With flat `positions` int64 [M], only those come out,
   * [M, H]: everything after attention works row by row, so the last layer needs no others.
   */
  layer(scope: ForwardScope, hidden: Value, index: number, positions?: Value): Value;
  /** From the last layer to what the tokens are scored by. float32 [..., H] → the same */
  features(scope: ForwardScope, hidden: Value): Value;
  /** Features float32 [..., H] → logits float32 [..., V] */
  scores(scope: ForwardScope, features: Value): Value;
}

const SCORE_MASKED = -1e4;

/**
 * The scope of a forward pass. A position attends to those with an equal mask entry: 1 and 0 for
 * tokens and padding, or the number of the document that a token belongs to in a packed row.
 *
 * @param attentionMask int64 [B, S]
 * @param isPacked whether a row may hold several documents, each of which counts its positions
 */
export function forwardScope(
  b: GraphBuilder,
  parameter: ParameterSource,
  {
    attentionMask,
    operators,
    isPacked = false,
  }: { attentionMask: Value; operators: MatrixOperators; isPacked?: boolean },
): ForwardScope {
  const queries = b.emit("Unsqueeze", [attentionMask, b.ints(1, 3)]);
  const keys = b.emit("Unsqueeze", [attentionMask, b.ints(1, 2)]);
  const same = b.emit("Equal", [queries, keys]);
  const attentionBias = b.emit("Where", [same, b.scalar(0), b.scalar(SCORE_MASKED)]);
  const batchAndSequence = b.emit("Shape", [attentionMask]);
  const documents = isPacked ? same : undefined;
  return { b, parameter, operators, attentionBias, batchAndSequence, documents };
}

/** As trained: float32. The engine multiplies by Wᵀ as it lies, packed or not. */
export const FLOAT_OPERATORS: MatrixOperators = {
  dense({ b, parameter }, x, { weight, bias, inputs, outputs }) {
    const y = b.emit("FusedMatMul", [x, parameter(weight, [outputs, inputs])], { transB: 1 });
    return bias === undefined ? y : b.emit("Add", [y, parameter(bias, [outputs])]);
  },
  denseParts({ b, parameter }, x, { weight, bias, inputs, outputs, parts }) {
    const cut = (value: Value): Value[] => cutRows(b, value, { rows: outputs, parts });
    const weights = cut(parameter(weight, [outputs, inputs]));
    const biases = bias === undefined ? [] : cut(parameter(bias, [outputs]));
    return weights.map((part, i) => {
      const y = b.emit("FusedMatMul", [x, part], { transB: 1 });
      return biases[i] === undefined ? y : b.emit("Add", [y, biases[i]]);
    });
  },
  denseEach: (scope, x, layers) => layers.map((layer) => FLOAT_OPERATORS.dense(scope, x, layer)),
  lookUp: ({ b, parameter }, ids, { name, shape }) =>
    b.emit("Gather", [parameter(name, shape), ids], { axis: 0 }),
};

/** A value in equal parts of its rows. */
export function cutRows(
  b: GraphBuilder,
  value: Value,
  { rows, parts }: { readonly rows: number; readonly parts: number },
): Value[] {
  const sizes = b.ints(...Array.from({ length: parts }, () => rows / parts));
  return b.emitAll("Split", [value, sizes], { attributes: { axis: 0 }, outputs: parts });
}

export interface LinearShape {
  /** What its tensors' names begin with. */
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly bias: boolean;
}

function layerOf({ name, inputs, outputs, bias }: LinearShape): DenseLayer {
  return { weight: `${name}.weight`, bias: bias ? `${name}.bias` : undefined, inputs, outputs };
}

/** The linear layer `name`, with Hugging Face's names for its weight and bias. x [..., in] */
export function linear(scope: ForwardScope, x: Value, shape: LinearShape): Value {
  return scope.operators.dense(scope, x, layerOf(shape));
}

/** A linear layer whose outputs are several things of equal size, side by side. */
export function linearParts(
  scope: ForwardScope,
  x: Value,
  shape: LinearShape & { parts: number },
): Value[] {
  return scope.operators.denseParts(scope, x, { ...layerOf(shape), parts: shape.parts });
}

/** Several linear layers of equal size over the same x. */
export function linearEach(scope: ForwardScope, x: Value, shapes: readonly LinearShape[]): Value[] {
  return scope.operators.denseEach(scope, x, shapes.map(layerOf));
}

/** The rows of a batch [B, S, H] at flat positions (row·S + column) int64 [M] → [M, H] */
export function pickRows({ b }: ForwardScope, x: Value, positions: Value): Value {
  const rows = b.emit("Reshape", [x, b.ints(-1, x.shape[x.shape.length - 1] as number)]);
  return b.emit("Gather", [rows, positions], { axis: 0 });
}

/** Splits the last axis into heads: [B, S, A·D] → [B, A, S, D]. */
export function splitHeads(scope: ForwardScope, x: Value, heads: number): Value {
  const { b } = scope;
  const size = (x.shape[x.shape.length - 1] as number) / heads;
  const shape = b.emit("Concat", [scope.batchAndSequence, b.ints(heads, size)], { axis: 0 });
  return b.emit("Transpose", [b.emit("Reshape", [x, shape])], { perm: [0, 2, 1, 3] });
}

/** softmax(q·kᵀ/√D + bias)·v.  q, k, v [B, A, S, D] → [B, S, A·D] */
export function attention(
  scope: ForwardScope,
  [q, k, v]: readonly [Value, Value, Value],
  bias: Value,
): Value {
  const { b } = scope;
  const [, heads, , size] = q.shape as Shape & [unknown, number, unknown, number];
  const scores = b.emit("FusedMatMul", [q, k], { transB: 1, alpha: 1 / Math.sqrt(size) });
  const shares = b.emit("Softmax", [b.emit("Add", [scores, bias])], { axis: -1 });
  const mixed = b.emit("Transpose", [b.emit("MatMul", [shares, v])], { perm: [0, 2, 1, 3] });
  const joined = b.emit("Concat", [scope.batchAndSequence, b.ints(heads * size)], { axis: 0 });
  return b.emit("Reshape", [mixed, joined]);
}
