import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, describe, expect, it } from "vitest";

import { appErrorOf } from "../../test/helpers/app-error.ts";
import { sha256OfFile } from "./files.ts";
import { openHuggingFaceDirectory } from "./hugging-face.ts";
import { writeRandomCheckpoint } from "./random-checkpoint.ts";
import { hubVocabulary } from "./random-vocabulary.ts";

const root = mkdtempSync(path.join(tmpdir(), "random-checkpoint-"));
afterAll(() => rmSync(root, { recursive: true }));

const directory = path.join(root, "tiny");
const tiny = {
  layers: 2,
  hidden: 32,
  heads: 4,
  intermediate: 64,
  vocabularySize: 1200,
  positions: 40,
};
const weightsHash = (): Promise<string> => sha256OfFile(path.join(directory, "model.safetensors"));

describe("writeRandomCheckpoint", () => {
  it("writes a BERT with its quirks, which opens under today's names", () => {
    writeRandomCheckpoint(directory, tiny);
    using opened = openHuggingFaceDirectory(directory);
    const weights = opened.readWeights();
    const layer = "bert.encoder.layer.1";
    expect(opened.config).toMatchObject({
      model_type: "bert",
      vocab_size: 1200,
      torch_dtype: "float32",
    });
    expect(weights.get(`${layer}.intermediate.dense.weight`)?.shape).toEqual([64, 32]);
    expect(weights.get(`${layer}.output.LayerNorm.bias`)?.shape).toEqual([32]);
    expect(weights.get("cls.predictions.decoder.weight")?.shape).toEqual([1200, 32]);
    expect(opened.ignored).toContain("bert.embeddings.position_ids");
    expect(opened.readTokenizerFiles().vocabulary).toHaveLength(1200);
  });

  it("draws weights of the deviation asked for, LayerNorm scales around 1", () => {
    writeRandomCheckpoint(directory, { ...tiny, dtype: "F16", deviation: 0.1 });
    using opened = openHuggingFaceDirectory(directory);
    const { data } = opened.readTensor("bert.embeddings.word_embeddings.weight");
    const mean = data.reduce((a, b) => a + b, 0) / data.length;
    const variance = data.reduce((a, b) => a + (b - mean) ** 2, 0) / data.length;
    expect(mean).toBeCloseTo(0, 2);
    expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
    const norm = opened.readTensor("bert.embeddings.LayerNorm.weight").data;
    expect(norm.reduce((a, b) => a + b, 0) / norm.length).toBeCloseTo(1, 1);
  });

  it("writes the same bytes for the same seed, and others for another", async () => {
    writeRandomCheckpoint(directory, tiny);
    const first = await weightsHash();
    writeRandomCheckpoint(directory, tiny);
    expect(await weightsHash()).toBe(first);
    writeRandomCheckpoint(directory, { ...tiny, seed: 2 });
    expect(await weightsHash()).not.toBe(first);
  });

  it.each([
    [{ heads: 5 }, /hidden 32 does not divide by 5 heads/],
    [{ layers: 0 }, /layers is 0, expected a whole number/],
    [{ hidden: 1.5 }, /hidden is 1.5/],
    [{ vocabularySize: 3 }, /vocabulary of 3 tokens; expected at least 16/],
  ])("refuses %j", (wrong, message) => {
    const target = path.join(root, "refused");
    const error = appErrorOf(() => writeRandomCheckpoint(target, { ...tiny, ...wrong }));
    expect([error.code, error.message]).toEqual(["invalid_input", expect.stringMatching(message)]);
  });
});

describe("hubVocabulary", () => {
  it("has the special tokens of bert-base-chinese at their places", () => {
    const vocabulary = hubVocabulary(21128);
    const specials = ["[PAD]", "[unused1]", "[unused99]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    const ids = specials.map((token) => vocabulary.indexOf(token));
    expect(ids).toEqual([0, 1, 99, 100, 101, 102, 103]);
  });

  it.each([16, 100, 999, 1000, 21128, 60000])("has %d distinct tokens without spaces", (size) => {
    const vocabulary = hubVocabulary(size);
    expect(vocabulary).toHaveLength(size);
    expect(new Set(vocabulary).size).toBe(size);
    expect(vocabulary.filter((token) => /\s/.test(token) || token === "")).toEqual([]);
  });

  it("knows the characters of an everyday sentence and their continuation pieces", () => {
    const vocabulary = new Set(hubVocabulary(21128));
    const sentence = Array.from("春风又绿江南岸，明月何时照我还。");
    expect(sentence.filter((character) => !vocabulary.has(character))).toEqual([]);
    expect(vocabulary.has("##岸")).toBe(true);
  });
});
