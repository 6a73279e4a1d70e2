// Tiny models with what PyTorch computes with them (test/fixtures/README.md).

import path from "node:path";

import { expect } from "vitest";

import {
  openHuggingFaceDirectory,
  openSafetensors,
  readModelConfig,
  type Tensor32,
} from "../../src/checkpoint/index.ts";

/** One batch of a fixture. B batch, S sequence, V vocabulary. */
export interface FixtureCase {
  readonly name: string;
  readonly batch: number;
  readonly sequence: number;
  /** int64 [B, S] */
  readonly inputIds: readonly number[];
  /** int64 [B, S]: 1 for tokens, 0 for padding. */
  readonly attentionMask: readonly number[];
  /** int64 [B, S]: −100 where nothing is asked. */
  readonly labels: readonly number[];
  /** float32 [B, S, V], 0 at padding. */
  readonly logits: Float32Array;
  /** Mean cross-entropy in nats; undefined where there is nothing to predict. */
  readonly loss: number | undefined;
}

export interface ModelFixture {
  readonly directory: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** By the names of model.safetensors. */
  readonly weights: ReadonlyMap<string, Tensor32>;
  readonly cases: readonly FixtureCase[];
  readonly gradientCase: FixtureCase;
  /** Of the gradient case's loss, by parameter name. */
  readonly gradients: ReadonlyMap<string, Tensor32>;
}

export const FIXTURES = path.join(import.meta.dirname, "../fixtures");

/** Everything stored about the model `name`; `form` is a directory with the same weights. */
export function readModelFixture(name: string, form: string = name): ModelFixture {
  const directory = path.join(FIXTURES, "models", form);
  using expected = openSafetensors(path.join(FIXTURES, "models", name, "expected.safetensors"));
  const tensor = (file: typeof expected, key: string): Tensor32 => {
    return { shape: file.tensors.get(key)?.shape ?? [], data: file.readFloat32(key) };
  };
  const ints = (key: string): number[] => {
    const bytes = expected.read(key).slice();
    return Array.from(new BigInt64Array(bytes.buffer), Number);
  };
  const names = JSON.parse(expected.metadata.get("cases") ?? "[]") as string[];
  const cases = names.map((key): FixtureCase => {
    const [batch = 0, sequence = 0] = expected.tensors.get(`${key}.input_ids`)?.shape ?? [];
    const loss = expected.tensors.has(`${key}.loss`)
      ? expected.readFloat32(`${key}.loss`)[0]
      : undefined;
    return {
      name: key,
      batch,
      sequence,
      inputIds: ints(`${key}.input_ids`),
      attentionMask: ints(`${key}.attention_mask`),
      labels: ints(`${key}.labels`),
      logits: expected.readFloat32(`${key}.logits`),
      loss,
    };
  });
  const gradientCase = cases.find((one) => one.name === expected.metadata.get("gradient_case"));
  if (gradientCase === undefined) throw new Error(`${name} names no gradient case`);
  const gradients = [...expected.tensors.keys()].filter((key) => key.startsWith("grad."));
  return {
    directory,
    config: readModelConfig(directory),
    weights: form === name ? storedWeights(directory) : normalisedWeights(directory),
    cases,
    gradientCase,
    gradients: new Map(gradients.map((key) => [key.slice(5), tensor(expected, key)])),
  };
}

function storedWeights(directory: string): Map<string, Tensor32> {
  using file = openSafetensors(path.join(directory, "model.safetensors"));
  return new Map(
    [...file.tensors].map(([name, { shape }]) => [name, { shape, data: file.readFloat32(name) }]),
  );
}

function normalisedWeights(directory: string): ReadonlyMap<string, Tensor32> {
  using opened = openHuggingFaceDirectory(directory);
  return opened.readWeights();
}

/** The indices at which a list holds what is wanted. */
export function positionsWhere(
  list: readonly number[],
  wanted: (value: number) => boolean,
): number[] {
  return list.flatMap((value, i) => (wanted(value) ? [i] : []));
}

/** A gradient may be off by this share of its tensor's largest element. */
const GRADIENT_TOLERANCE = 1e-4;
/** What is 0 in exact arithmetic (BERT's key biases) is taken to be this large. */
const GRADIENT_MIN = 1e-3;

/** Fails when a gradient is missing, or is not PyTorch's. */
export function expectGradients(
  seen: ReadonlyMap<string, Float32Array>,
  { gradients }: ModelFixture,
): void {
  expect([...seen.keys()].sort()).toEqual([...gradients.keys()].sort());
  for (const [parameter, { data }] of gradients) {
    const largest = Math.max(GRADIENT_MIN, maxDifference(data, new Float32Array(data.length)));
    const difference = maxDifference(seen.get(parameter) ?? [], data) / largest;
    expect(difference, parameter).toBeLessThanOrEqual(GRADIENT_TOLERANCE);
  }
}

/** The largest absolute difference of two lists of equal length. */
export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    // A NaN counts as infinitely far.
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  }
  return worst;
}
