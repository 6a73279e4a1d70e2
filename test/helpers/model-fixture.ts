// Tiny models with what PyTorch computes with them (test/fixtures/README.md).

import path from "node:path";

import { openSafetensors, readModelConfig, type Tensor32 } from "../../src/checkpoint/index.ts";

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

/** Everything stored about the model `name`. */
export function readModelFixture(name: string): ModelFixture {
  const directory = path.join(FIXTURES, "models", name);
  using expected = openSafetensors(path.join(directory, "expected.safetensors"));
  using model = openSafetensors(path.join(directory, "model.safetensors"));
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
    weights: new Map([...model.tensors.keys()].map((key) => [key, tensor(model, key)])),
    cases,
    gradientCase,
    gradients: new Map(gradients.map((key) => [key.slice(5), tensor(expected, key)])),
  };
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
