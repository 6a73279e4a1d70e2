import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeEach, describe, expect, it } from "vitest";

import { appErrorOf } from "../../test/helpers/app-error.ts";
import type { ErrorCode } from "../base/index.ts";
import { saveHuggingFaceDirectory } from "./hugging-face-writer.ts";
import { openHuggingFaceDirectory, readHuggingFaceWeights } from "./hugging-face.ts";
import { openSafetensorsFile, tensorToWrite, writeSafetensors } from "./safetensors.ts";
import type { Tensor32, Weights } from "./weights.ts";

const root = mkdtempSync(path.join(tmpdir(), "hugging-face-"));
afterAll(() => rmSync(root, { recursive: true }));

const directory = path.join(root, "model");
const inside = (name: string): string => path.join(directory, name);

function scalar(value: number): Tensor32 {
  return { shape: [1], data: Float32Array.of(value) };
}

function writeWeights(names: readonly string[], file = "model.safetensors"): void {
  const tensors = names.map((name, i) => tensorToWrite(name, scalar(i), "F16"));
  writeSafetensors(inside(file), tensors);
}

function writeConfig(config: unknown): void {
  writeFileSync(inside("config.json"), JSON.stringify(config));
}

function expectError(code: ErrorCode, message: RegExp): void {
  const error = appErrorOf(() => openHuggingFaceDirectory(directory).close());
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)]);
}

beforeEach(() => {
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  writeConfig({ model_type: "bert" });
  writeFileSync(inside("vocab.txt"), "[PAD]\n\u2028\n中\n");
  writeWeights(["bert.embeddings.word_embeddings.weight", "cls.predictions.bias"]);
});

describe("openHuggingFaceDirectory", () => {
  it("gives BERT weights today's names, ties what the file leaves out, and drops the rest", () => {
    writeWeights([
      "bert.embeddings.word_embeddings.weight",
      "bert.embeddings.LayerNorm.gamma",
      "bert.embeddings.LayerNorm.beta",
      "bert.embeddings.position_ids",
      "bert.pooler.dense.weight",
      "cls.predictions.bias",
      "cls.seq_relationship.weight",
    ]);
    using opened = openHuggingFaceDirectory(directory);
    expect([...opened.tensors.keys()]).toEqual([
      "bert.embeddings.LayerNorm.bias",
      "bert.embeddings.LayerNorm.weight",
      "bert.embeddings.word_embeddings.weight",
      "cls.predictions.bias",
      "cls.predictions.decoder.weight",
      "cls.predictions.decoder.bias",
    ]);
    expect(opened.ignored).toHaveLength(3);
    const weights = opened.readWeights();
    expect(weights.get("bert.embeddings.LayerNorm.weight")?.data[0]).toBe(1);
    expect(weights.get("cls.predictions.decoder.weight")).toBe(
      weights.get("bert.embeddings.word_embeddings.weight"),
    );
    expect(opened.readTensor("cls.predictions.decoder.bias").data[0]).toBe(5);
  });

  it("adds the prefix that a model saved without its head lacks", () => {
    writeWeights(["embeddings.LayerNorm.weight", "encoder.layer.0.output.dense.bias"]);
    using bert = openHuggingFaceDirectory(directory);
    expect([...bert.tensors.keys()]).toEqual([
      "bert.embeddings.LayerNorm.weight",
      "bert.encoder.layer.0.output.dense.bias",
    ]);
    writeConfig({ model_type: "modernbert" });
    writeWeights([
      "embeddings.tok_embeddings.weight",
      "layers.0.mlp.Wi.weight",
      "head.norm.weight",
    ]);
    using modern = openHuggingFaceDirectory(directory);
    expect([...modern.tensors.keys()].sort()).toEqual([
      "decoder.weight",
      "head.norm.weight",
      "model.embeddings.tok_embeddings.weight",
      "model.layers.0.mlp.Wi.weight",
    ]);
  });

  it("finds the prediction bias under its other name", () => {
    writeWeights(["cls.predictions.decoder.bias"]);
    using opened = openHuggingFaceDirectory(directory);
    expect(opened.tied.get("cls.predictions.bias")).toBe("cls.predictions.decoder.bias");
    expect(opened.readWeights().get("cls.predictions.bias")?.data[0]).toBe(0);
  });

  it("ties nothing when the configuration says so", () => {
    writeConfig({ model_type: "bert", tie_word_embeddings: false });
    using opened = openHuggingFaceDirectory(directory);
    expect(opened.tensors.has("cls.predictions.decoder.weight")).toBe(false);
  });

  it("leaves the names of unknown model types as they are", () => {
    writeConfig({ model_type: "constructor" });
    writeWeights(["embeddings.weight"]);
    using opened = openHuggingFaceDirectory(directory);
    expect([...opened.tensors.keys()]).toEqual(["embeddings.weight"]);
  });

  it("refuses two tensors that stand for one", () => {
    writeWeights(["bert.x.LayerNorm.gamma", "bert.x.LayerNorm.weight"]);
    expectError("damaged_file", /both stand for bert.x.LayerNorm.weight/);
  });

  it("reads shards through their index", () => {
    rmSync(inside("model.safetensors"));
    writeWeights(["bert.x.weight"], "model-00001-of-00001.safetensors");
    const map = { "bert.x.weight": "model-00001-of-00001.safetensors" };
    writeFileSync(inside("model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
    using opened = openHuggingFaceDirectory(directory);
    expect(opened.readTensor("bert.x.weight")).toEqual(scalar(0));
  });

  it("splits vocab.txt at line ends only and keeps what tokenizer files say", () => {
    writeFileSync(inside("tokenizer_config.json"), '{"do_lower_case": false}');
    using opened = openHuggingFaceDirectory(directory);
    expect(opened.readTokenizerFiles()).toEqual({
      vocabulary: ["[PAD]", "\u2028", "中"],
      tokenizerConfig: { do_lower_case: false },
    });
  });

  it("names the file that is missing", () => {
    rmSync(inside("vocab.txt"));
    expectError("not_found", /no tokenizer; expected tokenizer.json or vocab.txt/);
    writeFileSync(inside("tokenizer.json"), "{}");
    rmSync(inside("model.safetensors"));
    expectError("not_found", /no weights; expected model/);
    writeFileSync(inside("pytorch_model.bin"), "");
    expectError("unsupported_model", /pytorch_model.bin/);
    rmSync(inside("config.json"));
    expectError("not_found", /config.json does not exist/);
    rmSync(directory, { recursive: true });
    expectError("not_found", /not a directory/);
  });

  it("names the file that is damaged", () => {
    truncateSync(inside("model.safetensors"), 100);
    expectError("damaged_file", /model.safetensors/);
    writeConfig({ model_type: 3 });
    expectError("damaged_file", /model_type 3/);
    writeConfig([]);
    expectError("damaged_file", /config.json holds an array/);
    writeFileSync(inside("config.json"), '{"model_type": "be');
    expectError("damaged_file", /config.json is not valid JSON/);
    writeFileSync(inside("config.json"), Buffer.of(0xff));
    expectError("damaged_file", /config.json is not valid UTF-8/);
  });

  it("refuses an empty vocabulary and a broken tokenizer.json when they are read", () => {
    writeFileSync(inside("vocab.txt"), "");
    using opened = openHuggingFaceDirectory(directory);
    expect(() => opened.readTokenizerFiles()).toThrow(/vocab.txt is empty/);
    writeFileSync(inside("tokenizer.json"), "{");
    expect(() => opened.readTokenizerFiles()).toThrow(/tokenizer.json is not valid JSON/);
  });
});

describe("saveHuggingFaceDirectory", () => {
  const embeddings = scalar(0.5);
  const weights: Weights = new Map([
    ["bert.embeddings.word_embeddings.weight", embeddings],
    ["cls.predictions.decoder.weight", embeddings],
    ["cls.predictions.bias", scalar(2)],
  ]);
  const model = {
    config: { model_type: "bert", hidden_size: 1 },
    tokenizerFiles: { vocabulary: ["[PAD]", "中"], tokenizerJson: { version: "1.0" } },
    weights,
    dtype: "F16",
    otherFiles: new Map([["docs/card.md", "# card"]]),
  } as const;

  it("writes what opening returns, the tied decoder only once", () => {
    const target = path.join(root, "saved");
    saveHuggingFaceDirectory(target, model);
    using reader = openSafetensorsFile(path.join(target, "model.safetensors"));
    expect([...reader.tensors.keys()]).toEqual([
      "bert.embeddings.word_embeddings.weight",
      "cls.predictions.bias",
    ]);
    expect(reader.metadata.get("format")).toBe("pt");
    using opened = openHuggingFaceDirectory(target);
    expect(opened.config).toEqual({ ...model.config, torch_dtype: "float16" });
    expect(opened.readTokenizerFiles()).toEqual(model.tokenizerFiles);
    for (const [name, tensor] of weights) expect(opened.readTensor(name)).toEqual(tensor);
    expect(readFileSync(path.join(target, "docs/card.md"), "utf8")).toBe("# card");
  });

  it("replaces an earlier model completely and leaves nothing beside it", () => {
    writeFileSync(inside("left-over.txt"), "");
    saveHuggingFaceDirectory(directory, model);
    expect(existsSync(inside("left-over.txt"))).toBe(false);
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses to replace a directory that is no model", () => {
    rmSync(inside("config.json"));
    expect(() => saveHuggingFaceDirectory(directory, model)).toThrow(/holds no model/);
    expect(existsSync(inside("vocab.txt"))).toBe(true);
  });

  it("leaves the earlier model when writing fails", () => {
    const otherFiles = new Map([["../escape", ""]]);
    expect(() => saveHuggingFaceDirectory(directory, { ...model, otherFiles })).toThrow(/\.\./);
    using opened = openHuggingFaceDirectory(directory);
    expect(opened.config).toEqual({ model_type: "bert" });
    expect(readdirSync(root).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

describe("readHuggingFaceWeights", () => {
  it("needs no tokenizer", () => {
    rmSync(inside("vocab.txt"));
    expectError("not_found", /no tokenizer/);
    const weights = readHuggingFaceWeights(directory);
    expect(weights.get("bert.embeddings.word_embeddings.weight")).toEqual(scalar(0));
    expect(weights.get("cls.predictions.decoder.weight")).toEqual(scalar(0));
  });
});
