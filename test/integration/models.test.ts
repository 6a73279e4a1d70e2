// Masked language models against what PyTorch computes with the same weights (test/fixtures).

import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/base/index.ts";
import { openHuggingFaceDirectory, openSafetensors } from "../../src/checkpoint/index.ts";
import { createScorer, maskedLanguageModel, type Scorer } from "../../src/models/index.ts";
import { int8Limit } from "../../src/runtime/index.ts";

const FIXTURES = path.resolve("test/fixtures/models");
const CASES = ["b1t1", "b1t7", "b1t16", "b3t7", "b3t16"] as const;
const TOLERANCE = 1e-4;

interface Case {
  /** Unpadded rows of ids. */
  readonly rows: readonly number[][];
  /** Columns of all tokens of each row. */
  readonly positions: readonly number[][];
  /** Logits [V] of all tokens, row after row. */
  readonly logits: readonly number[];
}

/** What PyTorch computed in the cases of a fixture. */
function readCase(fixture: string, name: string): Case {
  using reader = openSafetensors(path.join(FIXTURES, fixture, "expected.safetensors"));
  const ints = (tensor: string): BigInt64Array =>
    new BigInt64Array(reader.read(tensor).slice().buffer);
  const [batch = 0, length = 0, vocabulary = 0] = reader.tensors.get(`${name}.logits`)?.shape ?? [];
  const ids = ints(`${name}.input_ids`);
  const mask = ints(`${name}.attention_mask`);
  const all = reader.readFloat32(`${name}.logits`);
  const columns = Array.from({ length }, (_, column) => column);
  const positions = Array.from({ length: batch }, (_, row) =>
    columns.filter((column) => mask[row * length + column] === 1n),
  );
  const flat = positions.flatMap((list, row) => list.map((column) => row * length + column));
  return {
    positions,
    rows: positions.map((list, row) => list.map((column) => Number(ids[row * length + column]))),
    logits: flat.flatMap((at) => [...all.subarray(at * vocabulary, (at + 1) * vocabulary)]),
  };
}

function largestDifference(actual: Float32Array, expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  // Not Math.max: it must not swallow a NaN.
  return expected.reduce((worst, value, i) => {
    const difference = Math.abs((actual[i] as number) - value);
    return difference <= worst ? worst : difference;
  }, 0);
}

describe.each([
  { directory: "bert-tiny", expected: "bert-tiny" },
  { directory: "bert-tiny-hub", expected: "bert-tiny" },
  { directory: "modernbert-tiny", expected: "modernbert-tiny" },
  { directory: "modernbert-starter-tiny", expected: "modernbert-starter-tiny" },
])("$directory", ({ directory, expected }) => {
  let scorer: Scorer;
  beforeAll(async () => {
    using opened = openHuggingFaceDirectory(path.join(FIXTURES, directory));
    scorer = await createScorer(opened.config, opened.readWeights(), {
      threads: 1,
      precision: "fp32",
    });
  });
  afterAll(() => scorer[Symbol.dispose]());

  it.each(CASES)("scores every token of %s as Hugging Face does", async (name) => {
    const { rows, positions, logits } = readCase(expected, name);
    const scores = await scorer.score(rows, positions);
    expect(largestDifference(scores, logits)).toBeLessThan(TOLERANCE);
  });

  it("answers nothing where nothing is asked", async () => {
    expect(await scorer.score([], [])).toHaveLength(0);
    expect(await scorer.score([[2, 5, 3]], [[]])).toHaveLength(0);
  });

  it("refuses a row that is longer than its positions, and goes on", async () => {
    const long = Array.from({ length: scorer.sequenceMax + 1 }, () => 5);
    const refusal = scorer.score([[2, 3], long], [[0], [1]]).catch((error: unknown) => error);
    const error = await refusal;
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: "text_too_long", details: { row: 1 } });
    expect(await scorer.score([long.slice(1)], [[0]])).toHaveLength(scorer.vocabularySize);
  });
});

describe.each(["bert-tiny", "modernbert-tiny", "modernbert-starter-tiny"])("%s in int8", (name) => {
  let scorer: Scorer;
  beforeAll(async () => {
    using opened = openHuggingFaceDirectory(path.join(FIXTURES, name));
    const options = { threads: 1, precision: "int8" } as const;
    scorer = await createScorer(opened.config, opened.readWeights(), options);
  });
  afterAll(() => scorer[Symbol.dispose]());

  it.each(CASES)("stays close to float32 in %s", async (key) => {
    const { rows, positions, logits } = readCase(name, key);
    const scores = await scorer.score(rows, positions);
    const error = scores.reduce((sum, value, i) => sum + (value - (logits[i] as number)) ** 2, 0);
    const size = logits.reduce((sum, value) => sum + value ** 2, 0);
    // Processors whose kernels overflow with 8-bit weights get 7-bit ones, of twice the step.
    expect(Math.sqrt(error / size)).toBeLessThan((0.05 * 127) / int8Limit());
  });

  it("scores a text the same alone and beside a longer one", async () => {
    const { rows, positions } = readCase(name, "b3t16");
    const together = await scorer.score(rows, positions);
    const alone = await scorer.score(rows.slice(1, 2), positions.slice(1, 2));
    const start = (positions[0]?.length ?? 0) * scorer.vocabularySize;
    const same = [...together.subarray(start, start + alone.length)];
    expect(largestDifference(alone, same)).toBeLessThan(1e-3);
  });
});

describe("a BERT configuration", () => {
  const config = {
    model_type: "bert",
    vocab_size: 11,
    hidden_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 16,
  };

  it.each([
    [{ position_embedding_type: "relative_key" }, "position_embedding_type"],
    [{ is_decoder: true }, "is_decoder"],
    [{ num_attention_heads: 3 }, "3 heads"],
    [{ hidden_act: "mystery" }, "mystery"],
    [{ vocab_size: 0 }, "vocab_size"],
  ])("that cannot be followed is refused by field: %j", (field, message) => {
    expect(() => maskedLanguageModel({ ...config, ...field })).toThrow(message);
  });

  it("without tying has a decoder of its own", () => {
    const untied = maskedLanguageModel({ ...config, tie_word_embeddings: false });
    expect(untied.parameters.get("cls.predictions.decoder.weight")).toEqual([11, 8]);
    expect(maskedLanguageModel(config).parameters.has("cls.predictions.decoder.weight")).toBe(
      false,
    );
  });

  it("is missing a weight when the directory lacks it", async () => {
    const options = { threads: 1, precision: "fp32" } as const;
    await expect(createScorer(config, new Map(), options)).rejects.toThrow(
      "bert.embeddings.word_embeddings.weight is missing",
    );
  });
});
