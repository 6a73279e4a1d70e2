// Model directories of any BERT shape with random weights, in the layout of
// google-bert/bert-base-chinese with all its quirks, for benchmarks and tests without a download.

import { AppError, createRandom, type Random } from "../base/index.ts";
import { encodeFloat32, bytesOf, type WeightDType } from "./dtype.ts";
import { streamHuggingFaceDirectory } from "./hugging-face-writer.ts";
import type { ModelConfig } from "./hugging-face.ts";
import { hubVocabulary } from "./random-vocabulary.ts";
import type { TensorToWrite } from "./safetensors.ts";
import { elementCountOf } from "./weights.ts";

/** A shape of BERT; the defaults are those of bert-base-chinese. */
export interface RandomCheckpointOptions {
  readonly layers?: number;
  readonly hidden?: number;
  readonly heads?: number;
  readonly intermediate?: number;
  readonly vocabularySize?: number;
  readonly positions?: number;
  readonly seed?: number;
  readonly dtype?: WeightDType;
  /** Standard deviation of the weights, around 1 for LayerNorm scales and 0 otherwise. */
  readonly deviation?: number;
}

const DEFAULTS: Required<RandomCheckpointOptions> = {
  layers: 12,
  hidden: 768,
  heads: 12,
  intermediate: 3072,
  vocabularySize: 21128,
  positions: 512,
  seed: 1,
  dtype: "F32",
  deviation: 0.02,
};

const CHUNK_ELEMENTS = 1 << 20;

/** Weights are drawn from this many normal numbers, 16 bits a draw: ten times faster than anew. */
const POOL_SIZE = 1 << 16;

/**
 * Writes a BERT directory with random weights: config.json, vocab.txt, tokenizer_config.json and
 * model.safetensors with `gamma`/`beta` names, pooler and next-sentence head, without the tied
 * decoder. The same options give the same bytes. Needs a few megabytes of memory for any shape.
 * Throws `invalid_input` for a shape no BERT can have.
 */
export function writeRandomCheckpoint(
  directory: string,
  options: RandomCheckpointOptions = {},
): void {
  const shape = { ...DEFAULTS, ...options };
  requirePossible(shape);
  streamHuggingFaceDirectory(directory, {
    config: configOf(shape),
    tokenizerFiles: {
      vocabulary: hubVocabulary(shape.vocabularySize),
      tokenizerConfig: { do_lower_case: false, model_max_length: shape.positions },
    },
    dtype: shape.dtype,
    tensors: tensorsOf(shape),
  });
}

function configOf(shape: Required<RandomCheckpointOptions>): ModelConfig {
  return {
    architectures: ["BertForMaskedLM"],
    model_type: "bert",
    attention_probs_dropout_prob: 0.1,
    hidden_act: "gelu",
    hidden_dropout_prob: 0.1,
    hidden_size: shape.hidden,
    initializer_range: shape.deviation,
    intermediate_size: shape.intermediate,
    layer_norm_eps: 1e-12,
    max_position_embeddings: shape.positions,
    num_attention_heads: shape.heads,
    num_hidden_layers: shape.layers,
    pad_token_id: 0,
    position_embedding_type: "absolute",
    type_vocab_size: 2,
    vocab_size: shape.vocabularySize,
  };
}

function tensorsOf(options: Required<RandomCheckpointOptions>): TensorToWrite[] {
  const { hidden, intermediate, layers, positions, vocabularySize, dtype, deviation } = options;
  const random = createRandom(options.seed);
  const pool = Float32Array.from({ length: POOL_SIZE }, () => random.normal() * deviation);
  const tensors: TensorToWrite[] = [];

  const add = (name: string, shape: readonly number[], mean = 0): void => {
    const elementCount = elementCountOf(shape);
    const data = (): Iterable<Uint8Array> =>
      drawChunks({ elementCount, mean, pool, random, dtype });
    tensors.push({ name, dtype, shape, data });
  };
  const addLinear = (name: string, outputs: number, inputs: number): void => {
    add(`${name}.weight`, [outputs, inputs]);
    add(`${name}.bias`, [outputs]);
  };
  const addNorm = (name: string): void => {
    add(`${name}.gamma`, [hidden], 1);
    add(`${name}.beta`, [hidden]);
  };

  add("bert.embeddings.word_embeddings.weight", [vocabularySize, hidden]);
  add("bert.embeddings.position_embeddings.weight", [positions, hidden]);
  add("bert.embeddings.token_type_embeddings.weight", [2, hidden]);
  addNorm("bert.embeddings.LayerNorm");
  for (let layer = 0; layer < layers; layer++) {
    const prefix = `bert.encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) {
      addLinear(`${prefix}.attention.self.${part}`, hidden, hidden);
    }
    addLinear(`${prefix}.attention.output.dense`, hidden, hidden);
    addNorm(`${prefix}.attention.output.LayerNorm`);
    addLinear(`${prefix}.intermediate.dense`, intermediate, hidden);
    addLinear(`${prefix}.output.dense`, hidden, intermediate);
    addNorm(`${prefix}.output.LayerNorm`);
  }
  addLinear("bert.pooler.dense", hidden, hidden);
  addLinear("cls.predictions.transform.dense", hidden, hidden);
  addNorm("cls.predictions.transform.LayerNorm");
  add("cls.predictions.bias", [vocabularySize]);
  addLinear("cls.seq_relationship", 2, hidden);
  tensors.push(positionIds(positions));
  return tensors;
}

interface Drawing {
  readonly elementCount: number;
  readonly mean: number;
  readonly pool: Float32Array;
  readonly random: Random;
  readonly dtype: WeightDType;
}

function* drawChunks({ elementCount, mean, pool, random, dtype }: Drawing): Iterable<Uint8Array> {
  const chunk = new Float32Array(Math.min(elementCount, CHUNK_ELEMENTS));
  for (let start = 0; start < elementCount; start += CHUNK_ELEMENTS) {
    const part = chunk.subarray(0, Math.min(CHUNK_ELEMENTS, elementCount - start));
    let bits = 0;
    for (let i = 0; i < part.length; i++) {
      bits = (i & 1) === 0 ? (random.next() * 2 ** 32) >>> 0 : bits >>> 16;
      part[i] = mean + (pool[bits & (POOL_SIZE - 1)] as number);
    }
    yield dtype === "F32" ? bytesOf(part) : encodeFloat32(dtype, part);
  }
}

/** A buffer that older versions of the transformers library saved beside the weights. */
function positionIds(positions: number): TensorToWrite {
  const ids = BigInt64Array.from({ length: positions }, (_, i) => BigInt(i));
  const name = "bert.embeddings.position_ids";
  return { name, dtype: "I64", shape: [1, positions], data: bytesOf(ids) };
}

function requirePossible(shape: Required<RandomCheckpointOptions>): void {
  const sizes = ["layers", "hidden", "heads", "intermediate", "positions"] as const;
  const wrong = sizes.find((name) => !Number.isSafeInteger(shape[name]) || shape[name] < 1);
  if (wrong !== undefined) {
    throw new AppError(
      "invalid_input",
      `${wrong} is ${shape[wrong]}, expected a whole number of at least 1.`,
    );
  }
  if (shape.hidden % shape.heads !== 0) {
    throw new AppError(
      "invalid_input",
      `hidden ${shape.hidden} does not divide by ${shape.heads} heads; choose a multiple.`,
    );
  }
}
