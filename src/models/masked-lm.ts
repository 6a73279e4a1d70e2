// What every masked language model here can do: say its parameters and emit its parts into a graph.
// Letters: B batch, S sequence, M masked positions, H hidden, A heads, D head size, V vocabulary.

import type { GraphBuilder, Shape, Value } from "../onnx/index.ts";

/** Where a weight comes from: a graph input in training, an initializer in serving. */
export type ParameterSource = (name: string, shape: readonly number[]) => Value;

/** What the parts of one forward graph share. */
export interface ForwardScope {
  readonly b: GraphBuilder;
  readonly parameter: ParameterSource;
  /** int64 [2]: B and S. */
  readonly batchAndSequence: Value;
  /** float32 [B, 1, S, S]: 0 where a position may attend, very low where not. */
  readonly attentionBias: Value;
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
  /** The bias [V] on the scores; undefined when the model has none. */
  readonly scoreBiasName: string | undefined;
  /** int64 [B, S] → float32 [B, S, H] */
  embeddings(scope: ForwardScope, inputIds: Value): Value;
  /** float32 [B, S, H] → float32 [B, S, H] */
  layer(scope: ForwardScope, hidden: Value, index: number): Value;
  /** What stands between the last layer and the head. float32 [B, S, H] → the same */
  finish(scope: ForwardScope, hidden: Value): Value;
  /** float32 [..., H] → logits float32 [..., V] */
  head(scope: ForwardScope, hidden: Value): Value;
}

const SCORE_MASKED = -1e4;

/**
 * The scope of a forward pass. A position attends to those with an equal mask entry: 1 and 0 for
 * tokens and padding, or the number of the document that a token belongs to in a packed row.
 *
 * @param attentionMask int64 [B, S]
 */
export function forwardScope(
  b: GraphBuilder,
  parameter: ParameterSource,
  attentionMask: Value,
): ForwardScope {
  const queries = b.emit("Unsqueeze", [attentionMask, b.ints(1, 3)]);
  const keys = b.emit("Unsqueeze", [attentionMask, b.ints(1, 2)]);
  const same = b.emit("Equal", [queries, keys]);
  const attentionBias = b.emit("Where", [same, b.scalar(0), b.scalar(SCORE_MASKED)]);
  return { b, parameter, attentionBias, batchAndSequence: b.emit("Shape", [attentionMask]) };
}

/** y = x·Wᵀ (+ bias), the weight [out, in] as Hugging Face stores it. x [..., in] */
export function linear(
  { b, parameter }: ForwardScope,
  x: Value,
  shape: { name: string; inputs: number; outputs: number; bias: boolean },
): Value {
  const weight = parameter(`${shape.name}.weight`, [shape.outputs, shape.inputs]);
  const y = b.emit("FusedMatMul", [x, weight], { transB: 1 });
  if (!shape.bias) return y;
  return b.emit("Add", [y, parameter(`${shape.name}.bias`, [shape.outputs])]);
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
