// ModernBERT for masked language modelling (Warner et al. 2024, arXiv 2412.13663): pre-norm, rotary
// positions, gated feed-forward, attention over everything or over a window, layer by layer.
// Names and arithmetic follow Hugging Face's ModernBertForMaskedLM.

import { AppError } from "../base/index.ts";
import type { Value } from "../onnx/index.ts";
import { literal } from "../onnx/index.ts";
import type { Activation } from "./activation.ts";
import { activation } from "./activation.ts";
import type { RawConfig } from "./config-reader.ts";
import { countField, flagField, numberField, stringField } from "./config-reader.ts";
import type { ForwardScope, MaskedLanguageModel } from "./masked-lm.ts";
import { attention, linear, linearParts, pickRows, splitHeads } from "./masked-lm.ts";

interface ModernBertConfig {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly layers: number;
  readonly heads: number;
  readonly positions: number;
  readonly epsilon: number;
  readonly activation: Activation;
  readonly headActivation: Activation;
  /** Whether the token embeddings also score the tokens. */
  readonly tied: boolean;
  /** Per layer: the base of its rotary angles, and how far it looks to each side (or all). */
  readonly attention: readonly { readonly theta: number; readonly window: number | undefined }[];
  readonly biases: {
    readonly attention: boolean;
    readonly mlp: boolean;
    readonly norm: boolean;
    readonly head: boolean;
    readonly decoder: boolean;
  };
}

function parseConfig(raw: RawConfig): ModernBertConfig {
  const hidden = countField(raw, "hidden_size");
  const heads = countField(raw, "num_attention_heads");
  if (hidden % heads !== 0 || (hidden / heads) % 2 !== 0) {
    throw new AppError(
      "unsupported_model",
      `config.json: hidden_size ${hidden} does not split into ${heads} heads of even size`,
    );
  }
  const layers = countField(raw, "num_hidden_layers");
  return {
    vocabulary: countField(raw, "vocab_size"),
    hidden,
    intermediate: countField(raw, "intermediate_size"),
    layers,
    heads,
    positions: countField(raw, "max_position_embeddings", 8192),
    epsilon: numberField(raw, "norm_eps", 1e-5),
    activation: activation(stringField(raw, "hidden_activation", "gelu")),
    headActivation: activation(stringField(raw, "classifier_activation", "gelu")),
    tied: flagField(raw, "tie_word_embeddings", true),
    attention: Array.from({ length: layers }, (_, i) => layerAttention(raw, i)),
    biases: {
      attention: flagField(raw, "attention_bias", false),
      mlp: flagField(raw, "mlp_bias", false),
      norm: flagField(raw, "norm_bias", false),
      head: flagField(raw, "classifier_bias", false),
      decoder: flagField(raw, "decoder_bias", true),
    },
  };
}

/** Newer configurations list `layer_types` and `rope_parameters`; older ones count layers. */
function layerAttention(raw: RawConfig, index: number) {
  const types = raw["layer_types"];
  const every = countField(raw, "global_attn_every_n_layers", 3);
  const type: unknown = Array.isArray(types) ? types[index] : undefined;
  const local = type === undefined ? index % every !== 0 : type === "sliding_attention";
  const rope = (raw["rope_parameters"] ?? {}) as Record<string, RawConfig | undefined>;
  const own = rope[local ? "sliding_attention" : "full_attention"] ?? {};
  const field = local ? "local_rope_theta" : "global_rope_theta";
  const fallback = numberField(raw, field, local ? 10_000 : 160_000);
  return {
    theta: numberField(own, "rope_theta", fallback),
    window: local ? Math.floor(countField(raw, "local_attention", 128) / 2) : undefined,
  };
}

/** The tables of a rotary embedding: cos and sin of position·θ^(−2i/D), float32 [S, D/2]. */
function rotaryTables(positions: number, size: number, theta: number) {
  const half = size / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * theta ** (-i / half);
      cos[position * half + i] = Math.cos(angle);
      sin[position * half + i] = Math.sin(angle);
    }
  }
  const dims = [positions, half];
  return { cos: literal("float32", dims, cos), sin: literal("float32", dims, sin) };
}

const EMBEDDING = "model.embeddings.tok_embeddings.weight";
const DECODER = "decoder.weight";
const DECODER_BIAS = "decoder.bias";

/**
 * The model that this config.json describes.
 *
 * @throws AppError `unsupported_model` naming the field that does not fit.
 */
export function modernBert(raw: RawConfig): MaskedLanguageModel {
  const config = parseConfig(raw);
  const { hidden, vocabulary } = config;
  const rotate = rotaryCache(config);
  const decoder = config.tied ? EMBEDDING : DECODER;
  return {
    hiddenSize: hidden,
    vocabularySize: vocabulary,
    layerCount: config.layers,
    sequenceMax: config.positions,
    parameters: parameterShapes(config),
    embeddingName: EMBEDDING,
    decoderName: decoder,
    scoreBiasName: config.biases.decoder ? DECODER_BIAS : undefined,
    hasTokenTypes: false,
    embeddings(scope, inputIds) {
      const table = { name: EMBEDDING, shape: [vocabulary, hidden] } as const;
      const rows = scope.operators.lookUp(scope, inputIds, table);
      return norm(config, scope, { x: rows, name: "model.embeddings.norm" });
    },
    layer(scope, x, index, positions) {
      const { b } = scope;
      const keep = (all: Value): Value => (positions ? pickRows(scope, all, positions) : all);
      const name = `model.layers.${index}`;
      // The embeddings are normalised already, so the first layer has no norm before attention.
      const normal = index === 0 ? x : norm(config, scope, { x, name: `${name}.attn_norm` });
      const mixed = keep(selfAttention(config, scope, { x: normal, index, rotate }));
      const output = { name: `${name}.attn.Wo`, inputs: hidden, outputs: hidden };
      const projected = linear(scope, mixed, { ...output, bias: config.biases.attention });
      const attended = b.emit("Add", [keep(x), projected]);
      const fedFrom = norm(config, scope, { x: attended, name: `${name}.mlp_norm` });
      const fed = feedForward(config, scope, { x: fedFrom, name: `${name}.mlp` });
      return b.emit("Add", [attended, fed]);
    },
    features(scope, x) {
      const normal = norm(config, scope, { x, name: "model.final_norm" });
      const square = { inputs: hidden, outputs: hidden, bias: config.biases.head };
      const dense = linear(scope, normal, { name: "head.dense", ...square });
      const active = config.headActivation(scope.b, dense);
      return norm(config, scope, { x: active, name: "head.norm" });
    },
    scores(scope, x) {
      return scope.operators.dense(scope, x, {
        weight: decoder,
        bias: config.biases.decoder ? DECODER_BIAS : undefined,
        inputs: hidden,
        outputs: vocabulary,
      });
    },
  };
}

function norm(
  { hidden, biases, epsilon }: ModernBertConfig,
  { b, parameter }: ForwardScope,
  { x, name }: { x: Value; name: string },
): Value {
  const scale = parameter(`${name}.weight`, [hidden]);
  const bias = biases.norm ? parameter(`${name}.bias`, [hidden]) : undefined;
  const inputs = bias === undefined ? [x, scale] : [x, scale, bias];
  return b.emit("LayerNormalization", inputs, { axis: -1, epsilon });
}

/** What each position takes from the others, before the output projection. [B, S, H] → the same */
function selfAttention(
  config: ModernBertConfig,
  scope: ForwardScope,
  { x, index, rotate }: { x: Value; index: number; rotate: Rotate },
): Value {
  const { hidden, heads } = config;
  const [q, k, v] = linearParts(scope, x, {
    name: `model.layers.${index}.attn.Wqkv`,
    inputs: hidden,
    outputs: 3 * hidden,
    bias: config.biases.attention,
    parts: 3,
  });
  const { theta, window } = config.attention[index] ?? { theta: 10_000, window: undefined };
  const headsOf = (part: Value): Value => splitHeads(scope, part, heads);
  return attention(
    scope,
    [
      headsOf(rotate(scope, q as Value, theta)),
      headsOf(rotate(scope, k as Value, theta)),
      headsOf(v as Value),
    ],
    window === undefined ? scope.attentionBias : windowBias(scope, window),
  );
}

function feedForward(
  { intermediate, hidden, biases, activation: activate }: ModernBertConfig,
  scope: ForwardScope,
  { x, name }: { x: Value; name: string },
): Value {
  const { b } = scope;
  const inner = { name: `${name}.Wi`, inputs: hidden, outputs: 2 * intermediate };
  const [input, gate] = linearParts(scope, x, { ...inner, bias: biases.mlp, parts: 2 });
  const gated = b.emit("Mul", [activate(b, input as Value), gate]);
  const outer = { name: `${name}.Wo`, inputs: intermediate, outputs: hidden };
  return linear(scope, gated, { ...outer, bias: biases.mlp });
}

type Rotate = (scope: ForwardScope, x: Value, theta: number) => Value;

/** Emits the rotation of [B, S, A·D], with one pair of tables per graph and θ. */
function rotaryCache(config: ModernBertConfig): Rotate {
  const size = config.hidden / config.heads;
  const tables = new WeakMap<ForwardScope, Map<number, readonly [Value, Value]>>();
  return (scope, x, theta) => {
    const { b } = scope;
    const known = tables.get(scope) ?? new Map<number, readonly [Value, Value]>();
    tables.set(scope, known);
    let pair = known.get(theta);
    if (pair === undefined) {
      const { cos, sin } = rotaryTables(config.positions, size, theta);
      pair = [b.initializer(`rotary.${theta}.cos`, cos), b.initializer(`rotary.${theta}.sin`, sin)];
      known.set(theta, pair);
    }
    // One position id means: the row starts there.
    const inputs = [x, b.ints(0), ...pair];
    return b.emit("RotaryEmbedding", inputs, { num_heads: config.heads });
  };
}

const windows = new WeakMap<ForwardScope, Map<number, Value>>();

/** The attention bias with everything further than `window` positions away shut out. */
function windowBias(scope: ForwardScope, window: number): Value {
  const known = windows.get(scope) ?? new Map<number, Value>();
  windows.set(scope, known);
  const existing = known.get(window);
  if (existing !== undefined) return existing;
  const { b } = scope;
  const length = b.emit("Gather", [scope.batchAndSequence, b.scalar(1, "int64")], { axis: 0 });
  const range = b.emit("Range", [b.scalar(0, "int64"), length, b.scalar(1, "int64")]);
  const rows = b.emit("Unsqueeze", [range, b.ints(1)]);
  const columns = b.emit("Unsqueeze", [range, b.ints(0)]);
  const distance = b.emit("Abs", [b.emit("Sub", [rows, columns])]);
  const near = b.emit("LessOrEqual", [distance, b.scalar(window, "int64")]);
  const bias = b.emit("Where", [near, scope.attentionBias, b.scalar(-1e4)]);
  known.set(window, bias);
  return bias;
}

function parameterShapes(config: ModernBertConfig): Map<string, readonly number[]> {
  const { hidden, intermediate, vocabulary, biases } = config;
  const shapes = new Map<string, readonly number[]>();
  const addNorm = (name: string): void => {
    shapes.set(`${name}.weight`, [hidden]);
    if (biases.norm) shapes.set(`${name}.bias`, [hidden]);
  };
  const addDense = (name: string, size: readonly [number, number], bias: boolean): void => {
    shapes.set(`${name}.weight`, size);
    if (bias) shapes.set(`${name}.bias`, [size[0]]);
  };
  shapes.set(EMBEDDING, [vocabulary, hidden]);
  addNorm("model.embeddings.norm");
  for (let i = 0; i < config.layers; i++) {
    const layer = `model.layers.${i}`;
    if (i > 0) addNorm(`${layer}.attn_norm`);
    addDense(`${layer}.attn.Wqkv`, [3 * hidden, hidden], biases.attention);
    addDense(`${layer}.attn.Wo`, [hidden, hidden], biases.attention);
    addNorm(`${layer}.mlp_norm`);
    addDense(`${layer}.mlp.Wi`, [2 * intermediate, hidden], biases.mlp);
    addDense(`${layer}.mlp.Wo`, [hidden, intermediate], biases.mlp);
  }
  addNorm("model.final_norm");
  addDense("head.dense", [hidden, hidden], biases.head);
  addNorm("head.norm");
  if (biases.decoder) shapes.set(DECODER_BIAS, [vocabulary]);
  if (!config.tied) shapes.set(DECODER, [vocabulary, hidden]);
  return shapes;
}
