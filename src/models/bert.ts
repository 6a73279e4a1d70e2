// BERT for masked language modelling (Devlin et al. 2018, arXiv 1810.04805): post-norm, learned
// absolute positions, token types. Names and arithmetic follow Hugging Face's BertForMaskedLM;
// every token has type 0 unless a graph asks for types.

import { AppError } from "../base/index.ts";
import { dataTypeCode, type Value } from "../onnx/index.ts";
import { activation, type Activation } from "./activation.ts";
import type { RawConfig } from "./config-reader.ts";
import { countField, flagField, numberField, stringField } from "./config-reader.ts";
import type { ForwardScope, MaskedLanguageModel } from "./masked-lm.ts";
import { attention, linear, linearEach, pickRows, splitHeads } from "./masked-lm.ts";

interface BertConfig {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  /** Rows of the position table: the longest sequence in tokens. */
  readonly positions: number;
  readonly tokenTypes: number;
  readonly epsilon: number;
  readonly activation: Activation;
  /** Whether the token embeddings also score the tokens. */
  readonly tied: boolean;
}

function parseConfig(raw: RawConfig): BertConfig {
  const hidden = countField(raw, "hidden_size");
  const heads = countField(raw, "num_attention_heads");
  if (hidden % heads !== 0) {
    throw unsupported(`hidden_size ${hidden} does not split into ${heads} heads`);
  }
  const positions = stringField(raw, "position_embedding_type", "absolute");
  if (positions !== "absolute") {
    throw unsupported(`position_embedding_type is "${positions}"; expected "absolute"`);
  }
  if (flagField(raw, "is_decoder", false)) {
    throw unsupported("is_decoder is true; expected an encoder, which sees both sides of a blank");
  }
  return {
    vocabulary: countField(raw, "vocab_size"),
    hidden,
    intermediate: countField(raw, "intermediate_size"),
    layers: countField(raw, "num_hidden_layers"),
    heads,
    positions: countField(raw, "max_position_embeddings", 512),
    tokenTypes: countField(raw, "type_vocab_size", 2),
    epsilon: numberField(raw, "layer_norm_eps", 1e-12),
    activation: activation(stringField(raw, "hidden_act", "gelu")),
    tied: flagField(raw, "tie_word_embeddings", true),
  };
}

const unsupported = (what: string): AppError =>
  new AppError("unsupported_model", `config.json: ${what}`);

const WORDS = "bert.embeddings.word_embeddings.weight";
const POSITIONS = "bert.embeddings.position_embeddings.weight";
const TYPES = "bert.embeddings.token_type_embeddings.weight";
const TRANSFORM = "cls.predictions.transform";
const DECODER_BIAS = "cls.predictions.bias";

/**
 * The model that this config.json describes. A sequence longer than the position table has no
 * meaning to it: whoever feeds the graph refuses one beforehand (`sequenceMax`), and the engine
 * fails on it rather than wrap around.
 *
 * @throws AppError `unsupported_model` naming the field that does not fit.
 */
export function bert(raw: RawConfig): MaskedLanguageModel {
  const config = parseConfig(raw);
  const { hidden, vocabulary } = config;
  const decoder = config.tied ? WORDS : "cls.predictions.decoder.weight";

  return {
    hiddenSize: hidden,
    vocabularySize: vocabulary,
    layerCount: config.layers,
    sequenceMax: config.positions,
    parameters: parameterShapes(config, decoder),
    embeddingName: WORDS,
    decoderName: decoder,
    scoreBiasName: "cls.predictions.bias",
    hasTokenTypes: true,
    embeddings(scope, inputIds, tokenTypeIds) {
      const { b, parameter } = scope;
      const words = scope.operators.lookUp(scope, inputIds, {
        name: WORDS,
        shape: [vocabulary, hidden],
      });
      const types = parameter(TYPES, [config.tokenTypes, hidden]);
      const type = b.emit("Gather", [types, tokenTypeIds ?? b.ints(0)]);
      const table = parameter(POSITIONS, [config.positions, hidden]);
      const places = placesOf(scope, { inputIds, table });
      const sum = b.emit("Add", [words, b.emit("Add", [places, type])]);
      return norm(config, scope, { x: sum, name: "bert.embeddings.LayerNorm" });
    },
    layer(scope, x, index, positions) {
      const { b } = scope;
      const name = `bert.encoder.layer.${index}`;
      const keep = (all: Value): Value => (positions ? pickRows(scope, all, positions) : all);
      const mixed = keep(selfAttention(config, scope, { x, name: `${name}.attention.self` }));
      const output = { name: `${name}.attention.output.dense`, inputs: hidden, outputs: hidden };
      const sum = b.emit("Add", [linear(scope, mixed, { ...output, bias: true }), keep(x)]);
      const attended = norm(config, scope, { x: sum, name: `${name}.attention.output.LayerNorm` });
      const fed = b.emit("Add", [feedForward(config, scope, { x: attended, name }), attended]);
      return norm(config, scope, { x: fed, name: `${name}.output.LayerNorm` });
    },
    features(scope, x) {
      const square = { inputs: hidden, outputs: hidden, bias: true };
      const dense = linear(scope, x, { name: `${TRANSFORM}.dense`, ...square });
      const active = config.activation(scope.b, dense);
      return norm(config, scope, { x: active, name: `${TRANSFORM}.LayerNorm` });
    },
    scores(scope, x) {
      const scores = { weight: decoder, bias: DECODER_BIAS, inputs: hidden, outputs: vocabulary };
      return scope.operators.dense(scope, x, scores);
    },
  };
}

/**
 * Rows of the position table [P, H] for each position: counted from the start of the row [S, H], or
 * of the document [B, S, H] where a row may hold several.
 */
function placesOf(
  { b, documents }: ForwardScope,
  { inputIds, table }: { readonly inputIds: Value; readonly table: Value },
): Value {
  const length = b.emit("Shape", [inputIds], { start: 1, end: 2 });
  if (documents === undefined) return b.emit("Slice", [table, b.ints(0), length, b.ints(0)]);
  // The first of the positions that belong together; ArgMax takes the first of equals.
  const together = b.emit("Cast", [documents], { to: dataTypeCode("int32") });
  const first = b.emit("ArgMax", [together], { axis: -1, keepdims: 0 });
  const start = b.emit("Squeeze", [first, b.ints(1)]);
  const end = b.emit("Squeeze", [length, b.ints(0)]);
  const columns = b.emit("Range", [b.scalar(0, "int64"), end, b.scalar(1, "int64")]);
  return b.emit("Gather", [table, b.emit("Sub", [columns, start])], { axis: 0 });
}

interface Part {
  readonly x: Value;
  /** What its weights' names begin with. */
  readonly name: string;
}

function norm(
  { hidden, epsilon }: BertConfig,
  { b, parameter }: ForwardScope,
  { x, name }: Part,
): Value {
  const inputs = [x, parameter(`${name}.weight`, [hidden]), parameter(`${name}.bias`, [hidden])];
  return b.emit("LayerNormalization", inputs, { axis: -1, epsilon });
}

/** What each position takes from the others, before the output projection. [B, S, H] → the same */
function selfAttention(
  { hidden, heads }: BertConfig,
  scope: ForwardScope,
  { x, name }: Part,
): Value {
  const parts = ["query", "key", "value"].map((which) => {
    return { name: `${name}.${which}`, inputs: hidden, outputs: hidden, bias: true };
  });
  const [q, k, v] = linearEach(scope, x, parts).map((part) => splitHeads(scope, part, heads));
  return attention(scope, [q as Value, k as Value, v as Value], scope.attentionBias);
}

function feedForward(
  { hidden, intermediate, activation: activate }: BertConfig,
  scope: ForwardScope,
  { x, name }: Part,
): Value {
  const inner = { name: `${name}.intermediate.dense`, inputs: hidden, outputs: intermediate };
  const wide = activate(scope.b, linear(scope, x, { ...inner, bias: true }));
  const outer = { name: `${name}.output.dense`, inputs: intermediate, outputs: hidden };
  return linear(scope, wide, { ...outer, bias: true });
}

function parameterShapes(config: BertConfig, decoder: string): Map<string, readonly number[]> {
  const { hidden, intermediate, vocabulary } = config;
  const shapes = new Map<string, readonly number[]>();
  const addNorm = (name: string): void => {
    shapes.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden]);
  };
  const addDense = (name: string, outputs: number, inputs: number): void => {
    shapes.set(`${name}.weight`, [outputs, inputs]).set(`${name}.bias`, [outputs]);
  };
  shapes.set(WORDS, [vocabulary, hidden]);
  shapes.set(POSITIONS, [config.positions, hidden]);
  shapes.set(TYPES, [config.tokenTypes, hidden]);
  addNorm("bert.embeddings.LayerNorm");
  for (let i = 0; i < config.layers; i++) {
    const layer = `bert.encoder.layer.${i}`;
    for (const part of ["query", "key", "value"]) {
      addDense(`${layer}.attention.self.${part}`, hidden, hidden);
    }
    addDense(`${layer}.attention.output.dense`, hidden, hidden);
    addNorm(`${layer}.attention.output.LayerNorm`);
    addDense(`${layer}.intermediate.dense`, intermediate, hidden);
    addDense(`${layer}.output.dense`, hidden, intermediate);
    addNorm(`${layer}.output.LayerNorm`);
  }
  addDense(`${TRANSFORM}.dense`, hidden, hidden);
  addNorm(`${TRANSFORM}.LayerNorm`);
  shapes.set(DECODER_BIAS, [vocabulary]);
  shapes.set(decoder, [vocabulary, hidden]);
  return shapes;
}
